import { describe, expect, test } from 'vitest';
import { brokenLog, testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openStream, RawConnection } from '../test/raw-connection.ts';
import { type Answer, type Served, serve } from '../test/serve.ts';
import { sse } from './stream.ts';

function expectProblem(answer: Answer, status: number): string {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.json).toMatchObject({ type: 'about:blank', status });
  return (answer.json as { detail: string }).detail;
}

describe.each(EXPRESSES)('sse on Express %s', (_, express) => {
  const streams = (...[broadcaster, options]: Parameters<typeof sse>): Promise<Served> =>
    serve(express().all('/stream', sse(broadcaster, options)));

  test('a stream begins with its head, and brings what is published to its topics', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await streams(broadcaster, { headers: { 'X-Extra': 'yes', 'Cache-Control': 'public' } });
    const stream = await openStream(port, '/stream?topics=a,b.*&client_name=J%C3%B6rg&tags=x,y');
    await broadcaster.publish([
      { topic: 'other', data: 'no' },
      { topic: 'b.c', data: 'yes' },
    ]);
    await stream.has('data: yes\n');
    expect(stream.text).not.toContain('data: no\n');
    const [head] = stream.text.toLowerCase().split('\r\n\r\n');
    expect(head).toMatch(/^http\/1\.1 200 ok\r\n/);
    for (const line of [
      'content-type: text/event-stream',
      'cache-control: no-cache, no-transform',
      'x-accel-buffering: no',
      'x-content-type-options: nosniff',
      'connection: keep-alive',
      'x-extra: yes',
    ])
      expect(head?.split('\r\n')).toContain(line);
    expect(broadcaster.clients()).toMatchObject([
      { name: 'Jörg', tags: ['x', 'y'], topics: ['a', 'b.*'], remoteAddress: '127.0.0.1' },
    ]);
  });

  test('without topics everything comes, and the client is anonymous', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await streams(broadcaster);
    await openStream(port, '/stream', 'User-Agent: curl/8');
    expect(broadcaster.clients()).toMatchObject([
      { name: 'anonymous', tags: [], topics: ['**'], userAgent: 'curl/8' },
    ]);
  });

  test('HEAD is answered with the head of a stream, and ends', async () => {
    const broadcaster = testBroadcaster();
    const { ask } = await streams(broadcaster);
    const answer = await ask('/stream', { method: 'HEAD' });
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      200,
      'text/event-stream',
      '',
    ]);
    expect(broadcaster.size).toBe(0);
    expect((await ask('/stream?topics=', { method: 'HEAD' })).status).toBe(400);
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])(
    '%s is refused with 405 and what is allowed',
    async (method) => {
      const { ask } = await streams(testBroadcaster());
      const answer = await ask('/stream', { method });
      expect(expectProblem(answer, 405)).toBe(`Expected GET or HEAD, got \`"${method}"\``);
      expect(answer.headers['allow']).toBe('GET, HEAD');
    },
  );

  test('OPTIONS says what is allowed', async () => {
    const { ask } = await streams(testBroadcaster());
    const answer = await ask('/stream', { method: 'OPTIONS' });
    expect([answer.status, answer.headers['allow'], answer.text]).toEqual([204, 'GET, HEAD', '']);
  });

  test.each(['text/html', 'application/json, text/event-stream;q=0', 'nonsense'])(
    'Accept: %s is refused with 406',
    async (accept) => {
      const { ask } = await streams(testBroadcaster());
      expectProblem(await ask('/stream', { headers: { accept } }), 406);
    },
  );

  test.each(['Accept: text/event-stream', 'Accept: text/*', 'Accept: */*', 'Accept: ', 'X-No: accept'])(
    '%s gets the stream',
    async (header) => {
      const { port } = await streams(testBroadcaster());
      await openStream(port, '/stream', header);
    },
  );

  test.each([
    ['a repeated key', 'topics=a&topics=b'],
    ['a key in brackets', 'topics[]=a'],
    ['a repeated client_name', 'client_name=a&client_name=a'],
    ['bad percent-encoding', 'topics=%ff'],
    ['no topics', 'topics='],
    ['an empty topic', 'topics=a,,b'],
    ['a topic with white space', 'topics=a+b'],
    ['a topic with half a wildcard', 'topics=a*'],
    ['** before the end', 'topics=**.a'],
    ['a topic of 256 bytes', `topics=${'a'.repeat(256)}`],
    ['2,000 topics', `topics=${Array.from({ length: 2_000 }, (__, index) => `t${index}`).join(',')}`],
    ['CR and LF in a topic', 'topics=a%0d%0aid:1'],
    ['NUL in a topic', 'topics=a%00'],
    ['LF in a name', 'client_name=a%0Ab'],
    ['a name of 129 characters', `client_name=${'a'.repeat(129)}`],
    ['21 tags', `tags=${'a,'.repeat(21)}`],
    ['NUL in a tag', 'tags=a,%00'],
  ])('%s is refused with 400, and nothing is opened', async (__, query) => {
    const broadcaster = testBroadcaster();
    const { ask } = await streams(broadcaster);
    expect(expectProblem(await ask(`/stream?${query}`), 400)).toMatch(/^Expected /);
    expect(await broadcaster.stats()).toMatchObject({ subscribers: 0, status: 'running' });
    expect((await ask('/stream', { method: 'HEAD' })).status).toBe(200);
  });

  test('an empty topics says how to get everything', async () => {
    const { ask } = await streams(testBroadcaster());
    expect(expectProblem(await ask('/stream?topics='), 400)).toContain('leave it out for all of them');
  });

  test('__proto__ is a topic and a key like any other', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await streams(broadcaster);
    const stream = await openStream(port, '/stream?topics=__proto__,constructor&__proto__[x]=1');
    await broadcaster.publish('__proto__', 'polluted');
    await stream.has('data: polluted');
    expect('x' in {}).toBe(false);
  });

  test('what is said of topics reaches neither the head nor a header', async () => {
    const { port } = await streams(testBroadcaster());
    const connection = await RawConnection.open(port);
    connection.send('GET /stream?topics=%0d%0aX-Evil:1 HTTP/1.1', 'Host: x', '');
    await connection.has('application/problem+json');
    expect(connection.text.toLowerCase()).not.toMatch(/^x-evil/m);
  });

  test('a log that is down is a 503 before any head, and gives no address away', async () => {
    const broadcaster = testBroadcaster({ log: brokenLog(), logTimeoutMs: 10, hooks: { onError: () => {} } });
    const { ask } = await streams(broadcaster);
    const answer = await ask('/stream');
    expect(expectProblem(answer, 503)).toBe('The event log does not answer; try again later');
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.text).not.toContain('secret-host');
  });

  test('a server that is full or closing is a 503', async () => {
    const broadcaster = testBroadcaster({ maxSubscribers: 1 });
    const { port, ask } = await streams(broadcaster);
    const stream = await openStream(port);
    const full = await ask('/stream');
    expectProblem(full, 503);
    expect(full.headers['retry-after']).toBe('5');
    await Promise.all([broadcaster.close(), stream.has('"reason":"shutdown"')]);
    expect(expectProblem(await ask('/stream'), 503)).toBe('The server is closing; try again later');
  });
});
