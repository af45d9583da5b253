import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, publish, publishOk, rawRequest } from './support/http.ts';
import {
  eventually,
  killServers,
  type LogLine,
  type ServerProcess,
  startServer,
} from './support/server-process.ts';
import { openStream } from './support/sse-reader.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({ env: { ACCESS_LOG: 'on', LOG_LEVEL: 'trace', PRODUCERS: 'all' } });
});
afterAll(killServers);

const lineOf = (request_id: string): Promise<LogLine> => server.log('request', { request_id });

test('each request leaves one line, with its id and without its query', async () => {
  await ask(server, '/clients?limit=5', { headers: { 'X-Request-Id': 'one', 'User-Agent': 'curl/8' } });
  expect(await lineOf('one')).toEqual({
    level: 'info',
    time: expect.any(String),
    request_id: 'one',
    method: 'GET',
    path: '/clients',
    status: 200,
    ms: expect.any(Number),
    address: '127.0.0.1',
    user_agent: 'curl/8',
    msg: 'request',
  });
});

test('a stream leaves its line when it ends', async () => {
  const reader = await openStream(`${server.url}/stream`, { headers: { 'X-Request-Id': 'stream' } });
  expect(reader.headers['x-request-id']).toBe('stream');
  await publishOk(server, { type: 'a' });
  expect(server.logs('request').filter(({ path }) => path === '/stream')).toEqual([]);
  reader.close();
  expect(await lineOf('stream')).toMatchObject({ path: '/stream', status: 200 });
});

test('secrets in queries, headers and bodies are in no line', async () => {
  const secret = 'secret-of-somebody-18';
  const headers = { Authorization: `Bearer ${secret}`, Cookie: `session=${secret}`, 'X-Request-Id': 'leak' };
  await Promise.all([
    ask(server, `/stream?topics=&token=${secret}`, { headers }),
    ask(server, `/nothing?ticket=${secret}`, { headers }),
    publish(server, `{"password":"${secret}"`, { headers }),
    rawRequest(
      server,
      `GET /health?t=${secret} HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${secret} x\r\nConnection: close\r\n\r\n`,
    ),
    rawRequest(
      server,
      `GET http://x/health?t=${secret}#${secret} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    ),
  ]);
  await eventually(() => expect(server.logs('request').length).toBeGreaterThanOrEqual(5));
  expect(server.stdout + server.stderr).not.toContain(secret);
});

test('no line of it is published: addresses are not for subscribers', async () => {
  const reader = await openStream(`${server.url}/stream?topics=log`);
  await ask(server, '/health', { headers: { 'X-Request-Id': 'unseen' } });
  await lineOf('unseen');
  await eventually(() => expect(reader.events().length).toBeGreaterThan(0));
  expect(JSON.stringify(reader.events())).not.toContain('127.0.0.1');
  reader.close();
});

test('without ACCESS_LOG there are no such lines', async () => {
  const silent = await startServer();
  await ask(silent, '/health');
  expect((await silent.stop()).stdout).not.toContain('"msg":"request"');
});
