import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventMaker, eventText, FIRST_NUMBER } from '../src/bench-event.ts';
import { Crowd } from '../src/load/crowd.ts';
import type { Verdict } from '../src/load/load-messages.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const make = eventMaker(150);

let server: Server | undefined;
let crowd: Crowd | undefined;

afterEach(() => {
  crowd?.close();
  server?.close();
});

/** A server that gives everyone some numbers, one write each, and may end the last one's connection. */
async function serve(numbers: readonly number[], cutsLast = false): Promise<number> {
  let connections = 0;
  const listening = createServer((socket: Socket) => {
    const index = connections++;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(HEAD);
      for (const n of numbers) {
        const frame = `data: ${eventText(make(FIRST_NUMBER + n, 1_000_000))}\n\n`;
        socket.write(`${frame.length.toString(16)}\r\n${frame}\r\n`);
      }
      if (cutsLast && index === 2) socket.end();
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What three subscribers of such a server have come to, once `until` is true. */
async function verdictOf(
  port: number,
  expected: number,
  until: (verdict: Verdict) => boolean,
): Promise<Verdict> {
  const subscribers = new Crowd({
    port,
    paths: ['/events?i=0', '/events?i=1'],
    subscribers: 3,
    atOnce: 2,
    eventBytes: 150,
    order: 'all',
    progressOf: 'slowest',
    strictly: 3,
  });
  crowd = subscribers;
  await subscribers.connectAll();
  await expect.poll(() => until(subscribers.verdict(expected)), { timeout: 5_000 }).toBe(true);
  return subscribers.verdict(expected);
}

const GOOD = { lost: 0, repeated: 0, disordered: 0, closed: 0 };

test('a server that gives everyone everything has no fault', async () => {
  const port = await serve([0, 1, 2, 3, 4]);
  const verdict = await verdictOf(port, 5, ({ received }) => received === 15);
  expect(verdict).toEqual({ ...GOOD, received: 15 });
});

test('a hole is found', async () => {
  const port = await serve([0, 1, 3, 4]);
  expect(await verdictOf(port, 5, ({ received }) => received === 12)).toMatchObject({ lost: 3 });
});

test('an end that is missing is found', async () => {
  const port = await serve([0, 1, 2]);
  expect(await verdictOf(port, 5, ({ received }) => received === 9)).toMatchObject({ lost: 6 });
});

test('a repeat is found', async () => {
  const port = await serve([0, 1, 1, 2]);
  expect(await verdictOf(port, 3, ({ received }) => received === 9)).toMatchObject({
    lost: 0,
    repeated: 3,
  });
});

test('a wrong order is found', async () => {
  const port = await serve([0, 2, 1, 3]);
  expect(await verdictOf(port, 4, ({ received }) => received === 12)).toMatchObject({
    lost: 0,
    disordered: 3,
  });
});

test('a connection that the server ends is found', async () => {
  const port = await serve([0], true);
  expect(await verdictOf(port, 1, ({ closed }) => closed === 1)).toMatchObject({ lost: 0, closed: 1 });
});

test('a server that refuses is an error', async () => {
  const refusing = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
  });
  server = refusing;
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const address = refusing.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(verdictOf(port, 0, () => true)).rejects.toThrow('Expected the status 200, got HTTP/1.1 503');
});
