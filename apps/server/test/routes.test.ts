import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, publishOk, rawRequest } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from './support/server-process.ts';
import { openStream, SseReader } from './support/sse-reader.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer();
});
afterAll(killServers);

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('the front page tells version, counts, endpoints and features', async () => {
  const { status, body } = await ask(server, '/');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'running',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    clients: expect.any(Number),
    history_size: expect.any(Number),
    endpoints: expect.objectContaining({ stream: '/stream', health: '/health', clients: '/clients' }),
    features: expect.arrayContaining(['cors', 'topic_subscriptions', 'client_metadata', 'event_replay']),
  });
});

test('every endpoint that the front page names is there', async () => {
  const { endpoints } = (await ask(server, '/')).body as { endpoints: Record<string, string> };
  const statuses = Object.values(endpoints).map(async (path) => {
    const response = await fetch(server.url + path, { method: 'HEAD' });
    return [path, response.status];
  });
  expect(await Promise.all(statuses)).not.toContainEqual([expect.anything(), 404]);
});

test('/health tells clients, history and producers, and nothing else', async () => {
  const { status, headers, body } = await ask(server, '/health');
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toEqual({
    status: 'healthy',
    connected_clients: expect.any(Number),
    event_history_size: expect.any(Number),
    producers: { event_producer: 'stopped', heartbeat_producer: 'running' },
  });
});

test('/ready is 200 while the server runs', async () => {
  expect(await ask(server, '/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
});

test('a client shows up in /clients with what it said of itself, and is gone when it leaves', async () => {
  const reader = await openStream(`${server.url}/stream?topics=metric,alert&client_name=dash&tags=prod,eu`);
  await publishOk(server, { type: 'metric', n: 1 });
  await eventually(() => expect(reader.events()).toHaveLength(1));
  const { body } = await ask(server, '/clients');
  expect(body).toEqual({
    count: 1,
    clients: [
      {
        client_id: reader.system('connected')[0]?.['client_id'],
        client_name: 'dash',
        tags: ['prod', 'eu'],
        topics: expect.arrayContaining(['metric', 'alert']),
        connected_at: expect.stringMatching(ISO),
        events_received: 1,
        queue_size: 0,
      },
    ],
  });
  expect((await ask(server, '/health')).body).toMatchObject({ connected_clients: 1 });
  reader.close();
  await eventually(async () =>
    expect((await ask(server, '/clients')).body).toEqual({ count: 0, clients: [] }),
  );
});

test('the history of the front page and of /health counts what was published', async () => {
  const before = Number((await ask(server, '/')).body['history_size']);
  await publishOk(server, [{ type: 'a' }, { type: 'b' }]);
  expect((await ask(server, '/')).body['history_size']).toBe(before + 2);
  expect((await ask(server, '/health')).body['event_history_size']).toBe(before + 2);
});

test('/clients comes in pages, with a link to the next', async () => {
  const readers = await Promise.all(
    ['a', 'b', 'c'].map((name) => openStream(`${server.url}/stream?client_name=${name}`)),
  );
  const { headers, body } = await ask(server, '/clients?limit=2');
  const next = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? '';
  expect(body).toMatchObject({ count: 3 });
  expect(body['clients']).toHaveLength(2);
  const { pathname, search } = new URL(next, `${server.url}/clients`);
  const last = await ask(server, pathname + search);
  expect(last.headers.get('link')).toBeNull();
  expect(last.body['clients']).toHaveLength(1);
  for (const reader of readers) reader.close();
});

test('a stream has the head of the contract, then retry and connected', async () => {
  const reader = await openStream(`${server.url}/stream`);
  expect(reader.status).toBe(200);
  expect(reader.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    connection: 'keep-alive',
  });
  expect(reader.headers).not.toHaveProperty('x-powered-by');
  const retry = reader.blocks[0]?.retry ?? 0;
  expect(retry).toBeGreaterThanOrEqual(4_000);
  expect(retry).toBeLessThanOrEqual(6_000);
  expect(reader.system()).toMatchObject([{ type: 'connected', resume: 'new', heartbeat_ms: 30_000 }]);
  reader.close();
});

test('HEAD shows the head of a stream and opens none', async () => {
  const response = await fetch(`${server.url}/stream?client_name=head`, { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(server.logs('client connected').filter((line) => line['client_name'] === 'head')).toEqual([]);
});

const TOO_MANY = Array.from({ length: 2_000 }, (_, i) => `t${i}`).join(',');

describe('what the server refuses is a problem', () => {
  test.each([
    ['GET', '/nothing', 404, {}],
    ['POST', '/stream', 405, {}],
    ['DELETE', '/clients', 405, {}],
    ['GET', '/events', 405, {}],
    ['PUT', '/health', 405, {}],
    ['GET', '/clients?limit=0', 400, {}],
    ['GET', '/clients?limit=1e3', 400, {}],
    ['GET', '/stream', 406, { Accept: 'application/json' }],
    ['GET', '/stream?topics=', 400, {}],
    ['GET', '/stream?topics=a&topics=b', 400, {}],
    ['GET', '/stream?topics[]=a', 400, {}],
    ['GET', '/stream?topics[0]=a', 400, {}],
    ['GET', '/stream?topics=%ff', 400, {}],
    ['GET', '/stream?topics=%', 400, {}],
    ['GET', '/stream?topics=a..b', 400, {}],
    ['GET', '/stream?topics=a%00', 400, {}],
    ['GET', `/stream?topics=${TOO_MANY}`, 400, {}],
    ['GET', `/stream?topics=${'a'.repeat(256)}`, 400, {}],
    ['GET', `/stream?client_name=${'n'.repeat(129)}`, 400, {}],
    ['GET', '/stream?client_name=a%0d%0ab', 400, {}],
    ['GET', '/stream?client_name=a&client_name=b', 400, {}],
    ['GET', `/stream?tags=${Array.from({ length: 21 }, (_, i) => i).join(',')}`, 400, {}],
    ['GET', `/stream?tags=${'t'.repeat(65)}`, 400, {}],
  ] as const)('%s %s: %s', async (method, path, status, headers) => {
    const answer = await ask(server, path, { method, headers });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: expect.stringMatching(/./),
      request_id: answer.headers.get('x-request-id'),
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.js/);
  });

  test('405 says what is allowed', async () => {
    const { headers } = await ask(server, '/events');
    expect(headers.get('allow')).toBe('POST');
  });

  test.each([
    ['a text that is no HTTP', 'hello\r\n\r\n', 400],
    ['headers of 20 kB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_, text, status) => {
    const answer = await rawRequest(server, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status });
  });

  test('bytes behind a request for a stream that are no HTTP put nothing into the stream', async () => {
    const answer = await rawRequest(
      server,
      'GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'rubbish\r\n\r\n',
    );
    expect(answer).toContain('"type":"connected"');
    expect(answer).not.toMatch(/400|problem/);
  });
});

test('what a refused client could not do is not counted as a client', async () => {
  await eventually(async () =>
    expect((await ask(server, '/health')).body).toMatchObject({ connected_clients: 0 }),
  );
});

test('a stream beyond MAX_CLIENTS is refused with 503 and a time to come back, and the others stay', async () => {
  const small = await startServer({ env: { MAX_CLIENTS: '2' } });
  const readers = await Promise.all([1, 2].map(() => openStream(`${small.url}/stream`)));
  const third = new SseReader(`${small.url}/stream`);
  await eventually(() => expect(third.over).toBe(true));
  expect(third.status).toBe(503);
  expect(third.headers['retry-after']).toBe('5');
  expect(JSON.parse(third.body)).toMatchObject({ status: 503, title: 'Service Unavailable' });
  await publishOk(small, { type: 'a' });
  for (const reader of readers) await eventually(() => expect(reader.events()).toHaveLength(1));
  readers[0]?.close();
  await eventually(async () => expect((await ask(small, '/clients')).body['count']).toBe(1));
  await openStream(`${small.url}/stream`);
  await small.stop('SIGKILL');
});
