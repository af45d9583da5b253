import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Broadcaster } from '@sse/core';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { brokenLog, testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { serve } from '../test/serve.ts';
import { countRefusals } from './metrics/count-refusals.ts';
import { type StreamOptions, sse } from './stream.ts';

/** What Chromium 140 sends for `new EventSource(url)`, as far as it matters. */
const NATIVE = { Accept: 'text/event-stream', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' };

function withoutLog(): Broadcaster {
  return testBroadcaster({ log: brokenLog(), logTimeoutMs: 50, hooks: { onError: () => undefined } });
}

/** Opens a stream as if through a proxy, from `address`, and leaves it open. */
async function open(port: number, address: string, user = ''): Promise<IncomingMessage> {
  const headers = { 'X-Forwarded-For': address, 'X-User': user };
  const sent = request({ host: '127.0.0.1', port, path: '/stream', headers, agent: false }).end();
  onTestFinished(() => void sent.destroy());
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume().on('error', () => undefined);
  return response;
}

describe.each(EXPRESSES)('the limits of streams on Express %s', (_, express) => {
  async function serveStreams(options: StreamOptions): Promise<{
    port: number;
    status: (address: string, user?: string) => Promise<number | undefined>;
    size: () => number;
  }> {
    const broadcaster = testBroadcaster();
    const app = express().set('trust proxy', 1).get('/stream', sse(broadcaster, options));
    const { port } = await serve(app);
    const status = async (address: string, user?: string): Promise<number | undefined> =>
      (await open(port, address, user)).statusCode;
    return { port, status, size: () => broadcaster.size };
  }

  test('an address has no more streams than it may, until one of them is over', async () => {
    const { port, status, size } = await serveStreams({ maxPerAddress: 2 });
    const first = await open(port, '192.0.2.1');
    expect(await status('192.0.2.1')).toBe(200);
    expect(await status('192.0.2.1')).toBe(429);
    expect(await status('::ffff:192.0.2.1')).toBe(429);
    expect(await status('192.0.2.2')).toBe(200);
    first.destroy();
    await vi.waitFor(() => expect(size()).toBe(2));
    expect(await status('192.0.2.1')).toBe(200);
    expect(await status('192.0.2.1')).toBe(429);
  });

  test('of IPv6 a /64 is one address', async () => {
    const { status } = await serveStreams({ maxPerAddress: 1 });
    expect(await status('2001:db8::1')).toBe(200);
    expect(await status('2001:db8::ffff:2')).toBe(429);
    expect(await status('2001:db8:0:1::1')).toBe(200);
  });

  test('streams from the machine itself are not counted', async () => {
    const { status } = await serveStreams({ maxPerAddress: 1 });
    for (const address of ['127.0.0.1', '127.0.0.1', '::1', '::1', '::ffff:127.0.0.1'])
      expect(await status(address)).toBe(200);
  });

  test('a user has no more streams than it may, from whichever address', async () => {
    const { status } = await serveStreams({
      maxPerUser: 1,
      authorize: ({ headers }) => ({ user: String(headers['x-user']) }),
    });
    expect(await status('192.0.2.1', 'ann')).toBe(200);
    expect(await status('192.0.2.2', 'ann')).toBe(429);
    expect(await status('192.0.2.2', 'bob')).toBe(200);
  });

  test('what is refused, or only asked for by HEAD, takes no place', async () => {
    const app = express()
      .set('trust proxy', 1)
      .get('/stream', sse(withoutLog(), { maxPerAddress: 1 }))
      .all('/head', sse(testBroadcaster(), { maxPerAddress: 1 }));
    const { ask } = await serve(app);
    const headers = { 'X-Forwarded-For': '192.0.2.1' };
    for (const _again of [1, 2, 3]) {
      expect((await ask('/stream', { headers })).status).toBe(503);
      expect((await ask('/head', { headers, method: 'HEAD' })).status).toBe(200);
    }
  });

  test('over a limit a native EventSource gets a stream that says when to come back, and ends', async () => {
    const registry = new Registry();
    const app = express().use(countRefusals({ registry })).get('/stream', sse(withoutLog()));
    const { ask } = await serve(app);
    const { status, headers, text } = await ask('/stream', { headers: NATIVE });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
    });
    const [, retry] =
      /^: 503 The event log does not answer; try again later\nretry: (\d+)\n\n$/.exec(text) ?? [];
    expect(Number(retry)).toBeGreaterThanOrEqual(5_000);
    expect(Number(retry)).toBeLessThanOrEqual(10_000);
    expect(await registry.getSingleMetricAsString('sse_refused_total')).toContain('{reason="unavailable"} 1');
  });

  test.each([
    ['a script, which reads statuses', { Accept: 'text/event-stream' }],
    ['a page that reads problems', { ...NATIVE, Accept: 'text/event-stream, application/problem+json' }],
    ['a page that accepts anything', { ...NATIVE, Accept: '*/*' }],
  ])('%s gets the problem, with Retry-After', async (_who, headers) => {
    const app = express().get('/stream', sse(withoutLog()));
    const { ask } = await serve(app);
    const answer = await ask('/stream', { headers });
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '5',
    });
  });

  test('what waiting does not mend stays an error for a native EventSource, too', async () => {
    const app = express().get('/stream', sse(testBroadcaster(), { authorize: () => ({ status: 401 }) }));
    const { ask } = await serve(app);
    expect((await ask('/stream', { headers: NATIVE })).status).toBe(401);
  });
});

test.each([-1, 1.5, '5'])('a limit of %o is refused', (value) => {
  const options = { maxPerAddress: value as number };
  expect(() => sse(testBroadcaster(), options)).toThrow(
    'Expected `maxPerAddress` to be a positive integer, or 0',
  );
});
