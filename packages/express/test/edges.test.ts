import { connect } from 'node:net';
import type { RequestHandler } from 'express';
import { describe, expect, test, vi } from 'vitest';
import { type Authorize, notFound, problems, router, sse } from '../src/index.ts';
import { brokenLog, testBroadcaster } from './broadcaster.ts';
import { EXPRESSES } from './expresses.ts';
import { openStream, RawConnection } from './raw-connection.ts';
import { serve } from './serve.ts';

describe.each(EXPRESSES)('at the edges on Express %s', (_, express) => {
  test.each([
    ['a query', '/stream?topics=a..b', 400],
    ['a name', '/stream?client_name=a%00b', 400],
    ['too many tags', `/stream?tags=${Array.from({ length: 21 }, (__, n) => `t${n}`).join(',')}`, 400],
  ])('HEAD is refused for %s as GET is', async (__, path, status) => {
    const { ask } = await serve(express().use(router(testBroadcaster())));
    for (const method of ['HEAD', 'GET']) expect((await ask(path, { method })).status).toBe(status);
  });

  test('HEAD is 503 where the log is down, the house is full, or everything is closing', async () => {
    const down = testBroadcaster({ log: brokenLog(), logTimeoutMs: 20, hooks: { onError: () => {} } });
    const full = testBroadcaster({ maxSubscribers: 1 });
    const closing = testBroadcaster();
    void closing.close();
    const app = express();
    app.use('/down', sse(down)).use('/full', sse(full)).use('/closing', sse(closing));
    const { ask, port } = await serve(app);
    await openStream(port, '/full');
    for (const path of ['/down', '/full', '/closing']) {
      const answer = await ask(path, { method: 'HEAD' });
      expect([path, answer.status, answer.headers['retry-after']]).toEqual([path, 503, '5']);
    }
  });

  test('HEAD with a cursor shows the head, whatever the cursor is, and nobody connects', async () => {
    let connected = 0;
    const broadcaster = testBroadcaster({ hooks: { onConnect: () => connected++ } });
    const { ask } = await serve(express().use(router(broadcaster)));
    const [id = ''] = await broadcaster.publish('a', 'b');
    for (const cursor of [id, 'no id', '']) {
      const answer = await ask('/stream', { method: 'HEAD', headers: { 'last-event-id': cursor } });
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect(answer.headers['content-type']).toBe('text/event-stream');
    }
    expect([connected, broadcaster.size]).toEqual([0, 0]);
  });

  test('a refusal with 429 says when to come back: as it says itself, or in 5 seconds', async () => {
    const authorize: Authorize = ({ query }) => ({
      status: 429,
      ...(query['own'] === undefined ? {} : { headers: { 'retry-after': '77' } }),
    });
    const { ask } = await serve(express().use(sse(testBroadcaster(), { authorize })));
    expect((await ask('/')).headers['retry-after']).toBe('5');
    expect((await ask('/?own')).headers['retry-after']).toBe('77');
  });

  test('rights that are malformed are a failure of the server, and nobody is told what they are', async () => {
    const errors: unknown[] = [];
    const broadcaster = testBroadcaster();
    const authorize: Authorize = () => ({ topics: ['of.the..server'] });
    const app = express().use(
      router(broadcaster, {
        stream: { authorize },
        clients: { authorize },
        publish: { authorize },
        onError: (error) => errors.push(error),
      }),
    );
    const { ask } = await serve(app);
    const answers = [await ask('/stream'), await ask('/clients'), await ask('/events', { method: 'POST' })];
    for (const answer of answers) {
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('of.the');
    }
    expect(errors).toEqual(Array(3).fill(expect.any(TypeError)));
    expect(broadcaster.size).toBe(0);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['the word that Express takes for "go on"', 'route'],
    ['the word that Express takes for "leave"', 'router'],
    ['a text', 'secret'],
  ])('an `authorize` that rejects with %s fails, and nobody else answers', async (__, reason) => {
    const app = express();
    app.use(sse(testBroadcaster(), { authorize: () => Promise.reject(reason) }));
    app.use((() => expect.unreachable()) as RequestHandler);
    const errors: unknown[] = [];
    app.use(problems({ onError: (error) => errors.push(error) }));
    const answer = await (await serve(app)).ask('/');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
    expect(errors).toMatchObject([{ cause: reason }]);
  });

  test.each([undefined, null, 0, 200, 204, 302, 399, 600, 403.5, '403', Number.NaN])(
    'a refusal with the status %s is a failure of the server, and never a grant',
    async (status) => {
      const broadcaster = testBroadcaster();
      const authorize = (() => ({ status, topics: ['**'] })) as unknown as Authorize;
      const options = { stream: { authorize }, publish: { authorize }, onError: () => {} };
      const { ask } = await serve(express().use(router(broadcaster, options)));
      const headers = { 'content-type': 'application/json' };
      const posted = await ask('/events', { method: 'POST', headers, body: '{"type":"a"}' });
      expect([(await ask('/stream')).status, posted.status]).toEqual([500, 500]);
      expect(await broadcaster.stats()).toMatchObject({ subscribers: 0, published: 0 });
    },
  );

  test('the router answers its failures as problems, also where the app does not', async () => {
    const errors: unknown[] = [];
    const options = {
      health: {
        producers: () => {
          throw new Error('secret');
        },
      },
      onError: (error: unknown) => errors.push(error),
    };
    const { ask } = await serve(express().use(router(testBroadcaster(), options)));
    const answer = await ask('/health');
    expect(answer.status).toBe(500);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json).toMatchObject({ status: 500, title: 'Internal Server Error' });
    expect(answer.text).not.toContain('secret');
    expect(errors).toHaveLength(1);
  });

  test('a path that the router does not know is left to the app', async () => {
    const app = express().use(router(testBroadcaster()));
    app.get('/other', (__, response) => void response.send('other'));
    app.use(notFound());
    const { ask } = await serve(app);
    expect((await ask('/other')).text).toBe('other');
    for (const path of ['/events', '/streams', '/'])
      expect((await ask(path)).json).toMatchObject({ status: 404, title: 'Not Found' });
  });

  test('the router works below a path, and below a router', async () => {
    const broadcaster = testBroadcaster();
    const outer = express.Router();
    outer.use('/inner', router(broadcaster));
    const { ask, port } = await serve(express().use('/outer', outer));
    const stream = await openStream(port, '/outer/inner/stream?topics=a');
    await broadcaster.publish('a', 'hello');
    await stream.has('data: hello');
    expect((await ask('/outer/inner/health')).status).toBe(200);
  });

  test('bytes beyond ASCII in the target are never decoded: it is a 400, and the server goes on', async () => {
    const { port } = await serve(express().use(router(testBroadcaster())));
    const connection = await RawConnection.open(port);
    connection.send('GET /stream?topics=caf\xc3\xa9 HTTP/1.1', 'Host: x', '');
    await connection.has('HTTP/1.1 400 ');
    await openStream(port);
  });

  test('a target longer than Node takes is a 431, and the server goes on', async () => {
    const { port } = await serve(express().use(router(testBroadcaster())));
    const connection = await RawConnection.open(port);
    connection.send(`GET /stream?topics=${'a,'.repeat(10_000)}a HTTP/1.1`, 'Host: x', '');
    await connection.has('HTTP/1.1 431 ');
    await openStream(port);
  });

  test.each(['//', '//evil/stream', '/stream/../x', '/%', '/%00', '*'])(
    'the odd target %s is an answer, not a crash, whatever Host says',
    async (target) => {
      const { port } = await serve(express().use(router(testBroadcaster())).use(notFound()).use(problems()));
      for (const host of ['x', '[', 'a b', '']) {
        const connection = await RawConnection.open(port);
        connection.send(`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', '');
        await connection.has('HTTP/1.1 4');
      }
      await openStream(port);
    },
  );

  test('rights until the year 2100 do not overflow a timer', async () => {
    const broadcaster = testBroadcaster();
    const authorize: Authorize = () => ({ expiresAt: Date.UTC(2100, 0) });
    const { port } = await serve(express().use(sse(broadcaster, { authorize })));
    const stream = await openStream(port, '/');
    await broadcaster.publish('a', 'still there');
    await stream.has('still there');
    expect(stream.closed).toBe(false);
  });

  test('rights that have ended before they are given end the stream with `expired`', async () => {
    const broadcaster = testBroadcaster();
    const authorize: Authorize = () => ({ expiresAt: 1 });
    const { port } = await serve(express().use(sse(broadcaster, { authorize })));
    const stream = await RawConnection.open(port);
    stream.send('GET / HTTP/1.1', 'Host: x', '');
    await stream.has('"reason":"expired"');
    await stream.has('\r\n0\r\n\r\n');
    expect(broadcaster.size).toBe(0);
  });

  test('connections that are cut as soon as they have asked leave nothing behind', async () => {
    const broadcaster = testBroadcaster();
    const authorize: Authorize = () => new Promise((resolve) => void setImmediate(resolve, {}));
    const { port, server } = await serve(express().use(sse(broadcaster, { authorize })));
    let asked = 0;
    server.on('request', () => asked++);
    for (let n = 0; n < 100; n++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n', () =>
        n % 2 ? socket.resetAndDestroy() : socket.end(),
      );
      if (n % 4 === 0) socket.destroy();
    }
    await vi.waitFor(() => expect(asked).toBeGreaterThan(40));
    server.closeIdleConnections();
    await vi.waitFor(async () => {
      expect(await broadcaster.stats()).toMatchObject({
        subscribers: 0,
        groups: 0,
        leaving: 0,
        pendingReads: 0,
      });
    });
    await openStream(port, '/');
  });
});
