import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { ask, publishOk, stalledSocket } from './support/http.ts';
import { LightReader, markOf } from './support/light-reader.ts';
import {
  eventually,
  killServers,
  type LogLine,
  type ServerProcess,
  startServer,
} from './support/server-process.ts';
import { openStream } from './support/sse-reader.ts';

const HEALTHY = 1_000;
const STALLED = 5;
const MAX_EVENTS = 2_000;

afterEach(killServers);

const clientCount = async (server: ServerProcess): Promise<unknown> =>
  (await ask(server, '/health')).body['connected_clients'];

function endings(server: ServerProcess, name: string): readonly LogLine[] {
  return server.logs('client disconnected').filter((line) => line['client_name'] === name);
}

/** Watches the memory of the process: answers by how many megabytes it has grown at the most, 0 where nothing tells. */
function watchMemory(server: ServerProcess): () => number {
  const before = server.residentMegabytes() ?? 0;
  let largest = before;
  const timer = setInterval(() => {
    largest = Math.max(largest, server.residentMegabytes() ?? 0);
  }, 50);
  return () => {
    clearInterval(timer);
    return Math.max(largest, server.residentMegabytes() ?? 0) - before;
  };
}

test('readers that never read are ended with `slow`, and a thousand others see no pause', async () => {
  const env = { MAX_QUEUE_SIZE: '20', MAX_QUEUE_BYTES: '4000000', STALL_TIMEOUT: '3' };
  const server = await startServer({ env });
  const sentAt: number[] = [];
  let longestDelay = 0;
  const onEvent = (n: number): void => {
    longestDelay = Math.max(longestDelay, performance.now() - (sentAt[n] ?? 0));
  };
  const readers = Array.from(
    { length: HEALTHY },
    () => new LightReader(server, '/stream?topics=tick', onEvent),
  );
  await eventually(() => expect(readers.filter(({ isOpen }) => isOpen)).toHaveLength(HEALTHY));
  const sockets = Array.from({ length: STALLED }, () =>
    stalledSocket(server, '/stream?topics=tick,bulk&client_name=stalled'),
  );
  await eventually(async () => expect(await clientCount(server)).toBe(HEALTHY + STALLED));
  const grown = watchMemory(server);

  // The kernel takes megabytes on behalf of a reader before the server hears of it; this fills most of that.
  for (let round = 0; round < 15; round++)
    await publishOk(server, { type: 'bulk', text: 'x'.repeat(200_000) });
  const text = 'x'.repeat(10_000);
  const startedAt = performance.now();
  let n = 0;
  while ((endings(server, 'stalled').length < STALLED || n < 50) && n < MAX_EVENTS) {
    sentAt[n] = performance.now();
    await publishOk(server, { type: 'tick', n: markOf(n), text });
    n++;
    // The pace of 50 a second is what is tested; nothing is waited for.
    await wait(Math.max(0, startedAt + n * 20 - performance.now()));
  }

  await eventually(() => expect(readers.every(({ count }) => count === n)).toBe(true));
  expect(readers.filter(({ over, wrong }) => over || wrong !== undefined)).toEqual([]);
  expect(endings(server, 'stalled').map(({ reason }) => reason)).toEqual(
    Array.from({ length: STALLED }, () => 'slow'),
  );
  expect(server.logs('client disconnected')).toHaveLength(STALLED);
  expect(longestDelay).toBeLessThan(1_000);
  expect(grown()).toBeLessThan(150);
  expect(await clientCount(server)).toBe(HEALTHY);
  for (const reader of readers) reader.close();
  for (const socket of sockets) socket.destroy();
}, 60_000);

test('readers that never read what is replayed are ended with `slow`, within bounded memory', async () => {
  const env = { HISTORY_BYTES: '60000000', STALL_TIMEOUT: '1', MAX_BODY_BYTES: '1000000' };
  const server = await startServer({ env });
  const healthy = await openStream(`${server.url}/stream?topics=tick`);
  const [first = ''] = await publishOk(server, { type: 'tick', n: -1 });
  for (let n = 0; n < 60; n++) await publishOk(server, { type: 'bulk', text: 'x'.repeat(900_000) });
  const grown = watchMemory(server);
  const path = '/stream?client_name=stalled';
  const sockets = Array.from({ length: 20 }, () =>
    stalledSocket(server, path, `Last-Event-ID: ${first}\r\n`),
  );
  let n = 0;
  while (endings(server, 'stalled').length < sockets.length && n < MAX_EVENTS) {
    await publishOk(server, { type: 'tick', n });
    n++;
    await wait(10);
  }
  expect(endings(server, 'stalled').map(({ reason }) => reason)).toEqual(sockets.map(() => 'slow'));
  await eventually(() =>
    expect(healthy.events().map((event) => event['n'])).toEqual(
      Array.from({ length: n + 1 }, (_, i) => i - 1),
    ),
  );
  expect(grown()).toBeLessThan(150);
  for (const socket of sockets) socket.destroy();
}, 60_000);
