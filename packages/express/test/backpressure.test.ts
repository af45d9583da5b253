import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Broadcaster } from '@sse/core';
import compression from 'compression';
import type { Express, RequestHandler } from 'express';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { http2Bridge, sse } from '../src/index.ts';
import { testBroadcaster } from './broadcaster.ts';
import { EXPRESSES } from './expresses.ts';
import { openStream } from './raw-connection.ts';
import { serve } from './serve.ts';

// More than the kernel's buffers hold for one connection.
const EVENTS = 24;
const data = 'x'.repeat(500_000);

/** Each event in a turn of its own: those of one turn leave in one write, and none of them waits. */
async function publishAll(broadcaster: Broadcaster): Promise<void> {
  for (let n = 0; n < EVENTS; n++) {
    await broadcaster.publish('a', `${data}${n}.`);
    await new Promise(setImmediate);
  }
  await broadcaster.publish('a', 'the last');
}

/** Waits for the last event. Looks at the end only: all of it, each time, takes longer than sending it. */
function ends(client: { readonly text: string }): Promise<void> {
  return vi.waitFor(() => expect(client.text.slice(-50)).toContain('the last'), { timeout: 15_000 });
}

describe.each(EXPRESSES)('a client that does not read, on Express %s', (_, express) => {
  const app = (handler: RequestHandler): Express =>
    express()
      .use(compression({ threshold: 0 }))
      .use(handler);

  test('behind compression() waits, hinders nobody, and gets all of it once it reads again', async () => {
    const broadcaster = testBroadcaster({ maxQueueBytes: 64 * 1024 * 1024 });
    const { port } = await serve(app(sse(broadcaster)));
    const slow = await openStream(port, '/?client_name=slow', 'Accept-Encoding: gzip');
    const quick = await openStream(port, '/?client_name=quick', 'Accept-Encoding: gzip');
    slow.socket.pause();
    await publishAll(broadcaster);
    await ends(quick);
    expect(broadcaster.clients()).toMatchObject([{ name: 'slow' }, { name: 'quick', queueSize: 0 }]);
    expect(broadcaster.clients()[0]?.queueSize).toBeGreaterThan(0);
    slow.socket.resume();
    await ends(slow);
    expect(slow.text.match(/x\d+\.\n/g)).toEqual(Array.from({ length: EVENTS }, (__, n) => `x${n}.\n`));
    expect((await broadcaster.stats()).waiting).toBe(0);
  });

  test('beyond the bound of its route is ended as `slow`, and the rest of the route goes on', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await serve(app(sse(broadcaster, { maxQueueSize: 10 })));
    const slow = await openStream(port, '/?client_name=slow');
    const quick = await openStream(port, '/?client_name=quick');
    slow.socket.pause();
    await vi.waitFor(
      async () => {
        await broadcaster.publish('a', data);
        expect(broadcaster.clients()).toMatchObject([{ name: 'quick' }]);
      },
      { timeout: 15_000, interval: 5 },
    );
    await broadcaster.publish('a', 'the last');
    await ends(quick);
    expect((await broadcaster.stats()).disconnects).toMatchObject({ slow: 1, gone: 0 });
    await vi.waitFor(async () => expect((await broadcaster.stats()).leaving).toBe(0));
  });

  test('over HTTP/2 waits by the window of its own stream, and gets all of it in the end', async () => {
    const broadcaster = testBroadcaster({ maxQueueBytes: 64 * 1024 * 1024 });
    const server = createServer(http2Bridge(app(sse(broadcaster))));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(() => session.destroy());
    const open = async (name: string) => {
      const stream = session.request({ ':path': `/?client_name=${name}` });
      const opened = { stream, text: '' };
      stream.setEncoding('utf8').on('data', (text: string) => {
        opened.text += text;
      });
      await vi.waitFor(() => expect(opened.text).toContain('"connected"'));
      return opened;
    };
    const slow = await open('slow');
    const quick = await open('quick');
    slow.stream.pause();
    await publishAll(broadcaster);
    await ends(quick);
    expect(broadcaster.clients()[0]?.queueSize).toBeGreaterThan(0);
    slow.stream.resume();
    await ends(slow);
    expect(slow.text.match(/x\d+\.\n/g)).toEqual(Array.from({ length: EVENTS }, (__, n) => `x${n}.\n`));
  });
});
