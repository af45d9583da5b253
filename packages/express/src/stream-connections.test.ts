import type { Socket } from 'node:net';
import compression from 'compression';
import { describe, expect, test, vi } from 'vitest';
import { testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openPair, openStream, RawConnection } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { health } from './health.ts';
import { sse } from './stream.ts';

const listenerCounts = (socket: Socket): Record<string, number> =>
  Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]));

describe.each(EXPRESSES)('the connection of a stream on Express %s', (_, express) => {
  test('behind compression() events arrive at once, as they are', async () => {
    const broadcaster = testBroadcaster();
    const app = express()
      .use(compression({ threshold: 0 }))
      .get('/stream', sse(broadcaster));
    const { port, ask } = await serve(app);
    const stream = await openStream(port, '/stream', 'Accept-Encoding: gzip, br');
    for (const data of ['1', '2', '3']) {
      await broadcaster.publish('a', data);
      await stream.has(`data: ${data}\n`);
    }
    expect(stream.text.toLowerCase()).not.toContain('content-encoding');
    expect((await ask('/stream', { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })).status).toBe(
      200,
    );
  });

  test('behind express.json(), with a body of its own, the stream lives on', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await serve(express().use(express.json()).get('/stream', sse(broadcaster)));
    const connection = await RawConnection.open(port);
    connection.send(
      'GET /stream HTTP/1.1',
      'Host: x',
      'Content-Type: application/json',
      'Content-Length: 2',
      '',
    );
    connection.socket.write('{}');
    await connection.has('"type":"connected"');
    await broadcaster.publish('a', 'later');
    await connection.has('data: later');
  });

  test('a client that has left is seen to have, also where its request had a body that nobody reads', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await serve(express().get('/stream', sse(broadcaster)));
    const connection = await RawConnection.open(port);
    connection.send('GET /stream HTTP/1.1', 'Host: x', 'Content-Length: 300000', '');
    connection.socket.write('x'.repeat(300_000));
    await connection.has('"type":"connected"');
    connection.socket.destroy();
    await vi.waitFor(() => expect(broadcaster.size).toBe(0));
  });

  test('that carries 1,000 pipelined requests is cut, and never holds more than one stream', async () => {
    let opened = 0;
    const broadcaster = testBroadcaster({ hooks: { onConnect: () => opened++ } });
    const { port, ask } = await serve(express().get('/stream', sse(broadcaster)));
    const connection = await RawConnection.open(port);
    connection.socket.write('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000));
    await connection.close();
    await vi.waitFor(() => expect(broadcaster.size).toBe(0));
    expect(opened).toBeLessThanOrEqual(1);
    expect((await ask('/stream', { method: 'HEAD' })).status).toBe(200);
  });

  test('is cut by a request that is pipelined behind a live stream', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await serve(express().get('/stream', sse(broadcaster)));
    const stream = await openStream(port);
    stream.send('GET /stream HTTP/1.1', 'Host: x', '');
    await stream.close();
    await vi.waitFor(() => expect(broadcaster.size).toBe(0));
    expect(stream.text.split('HTTP/1.1 200')).toHaveLength(2);
  });

  test('that carries 30 streams and requests one after the other collects no listeners', async () => {
    const broadcaster = testBroadcaster();
    const app = express().get('/stream', sse(broadcaster)).get('/health', health(broadcaster));
    const served = await serve(app);
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', onWarning);
    const { connection, socket } = await openPair(served);
    const counts: unknown[] = [];
    for (let round = 1; round <= 30; round++) {
      connection.send('GET /stream HTTP/1.1', 'Host: x', '');
      await connection.has('"type":"connected"', round);
      broadcaster.disconnect(() => true);
      // The last chunk: the stream has ended, and the connection is free again.
      await connection.has('\r\n0\r\n\r\n', round);
      connection.send('GET /health HTTP/1.1', 'Host: x', '');
      await connection.has('"status":"healthy"', round);
      counts.push(listenerCounts(socket));
    }
    process.removeListener('warning', onWarning);
    expect(counts.at(-1)).toEqual(counts[1]);
    expect(warnings).toEqual([]);
  });

  test('that ends before authorize has decided opens nothing', async () => {
    let opened = 0;
    const broadcaster = testBroadcaster({ hooks: { onConnect: () => opened++ } });
    let decide: () => void = () => {};
    const decided = new Promise<object>((resolve) => {
      decide = () => resolve({});
    });
    let asked = false;
    const authorize = (): Promise<object> => {
      asked = true;
      return decided;
    };
    const subscribe = vi.spyOn(broadcaster, 'subscribe');
    const served = await serve(express().get('/stream', sse(broadcaster, { authorize })));
    const { connection, closed } = await openPair(served);
    connection.send('GET /stream HTTP/1.1', 'Host: x', '');
    await vi.waitFor(() => expect(asked).toBe(true));
    connection.socket.destroy();
    await closed;
    decide();
    await new Promise(setImmediate);
    expect([subscribe.mock.calls.length, opened, broadcaster.size]).toEqual([0, 0, 0]);
  });

  test('that ends while the log is being asked opens nothing and leaves nothing behind', async () => {
    let opened = 0;
    const broadcaster = testBroadcaster({ hooks: { onConnect: () => opened++ } });
    const { subscribe } = broadcaster;
    let left: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    let outcome: Promise<unknown> | undefined;
    const slow = {
      subscribe: (request: Parameters<typeof subscribe>[0]) => {
        const open = async () => {
          await gone;
          return request.open();
        };
        outcome = subscribe.call(broadcaster, { ...request, open });
        return outcome as ReturnType<typeof subscribe>;
      },
    };
    const errors: unknown[] = [];
    const app = express().get('/stream', sse(slow));
    app.use((error: unknown, __: unknown, ___: unknown, next: (error: unknown) => void) => {
      errors.push(error);
      next(error);
    });
    const { connection, closed } = await openPair(await serve(app));
    connection.send('GET /stream HTTP/1.1', 'Host: x', '');
    await vi.waitFor(() => expect(outcome).toBeDefined());
    connection.socket.destroy();
    await closed;
    left();
    await expect(outcome).rejects.toThrow('The client has left');
    expect([opened, broadcaster.size, errors]).toEqual([0, 0, []]);
    expect(await broadcaster.stats()).toMatchObject({ subscribers: 0, groups: 0 });
  });

  test('that the client ends, ends the subscription', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await serve(express().get('/stream', sse(broadcaster)));
    const stream = await openStream(port);
    expect(broadcaster.size).toBe(1);
    stream.socket.destroy();
    await vi.waitFor(() => expect(broadcaster.size).toBe(0));
  });

  test('behind a proxy that is trusted shows the address of the client', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await serve(express().set('trust proxy', 1).get('/stream', sse(broadcaster)));
    await openStream(port, '/stream', 'X-Forwarded-For: 10.9.9.9, 192.0.2.7');
    expect(broadcaster.clients()).toMatchObject([{ remoteAddress: '192.0.2.7' }]);
  });
});
