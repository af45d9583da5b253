import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

/** `npm run test:long` holds 10,000. */
const CONNECTIONS = process.env['LONG'] === undefined ? 1_000 : 10_000;
const ROUNDS = 10;
/** Connections being opened at the same time. */
const IN_FLIGHT = 200;

interface Report {
  readonly subscribers: number;
  readonly groups: number;
  readonly leaving: number;
  readonly sockets: number;
  readonly heapUsed: number;
  readonly descriptors: number;
  readonly timers: number;
  readonly listeners: number;
}

async function ask(server: ChildProcess, message: 'report' | 'publish'): Promise<Report> {
  server.send(message);
  const [report] = (await once(server, 'message')) as [Report];
  return report;
}

/** Opens a stream and waits for its greeting. Spread over 127.0.0.x, so that local ports do not run out. */
async function open(port: number, index: number): Promise<Socket> {
  const localAddress = `127.0.0.${2 + (index % 20)}`;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.setEncoding('latin1');
  socket.write(`GET /${index} HTTP/1.1\r\nHost: x\r\n\r\n`);
  let text = '';
  for await (const [part] of on(socket)) {
    text += part;
    if (text.includes('"connected"')) return socket;
  }
  throw new Error(`stream ${index} ended: ${text}`);
}

async function* on(socket: Socket): AsyncGenerator<[string]> {
  while (!socket.destroyed) yield (await once(socket, 'data')) as [string];
}

async function openAll(port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < CONNECTIONS) sockets.push(await open(port, next++));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return sockets;
}

const hasProc = existsSync('/proc/self/fd');

test.skipIf(!hasProc)(
  `${CONNECTIONS} idle connections, opened, held and closed ${ROUNDS} times, leave nothing behind`,
  async () => {
    const path = fileURLToPath(new URL('./server.mjs', import.meta.url));
    const server = fork(path, { execArgv: ['--expose-gc'] });
    onTestFinished(() => void server.kill());
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    const before = await ask(server, 'report');
    const heaps: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const sockets = await openAll(port);
      const held = await ask(server, 'publish');
      expect(held).toMatchObject({ subscribers: CONNECTIONS, groups: 1, sockets: CONNECTIONS });
      for (const socket of sockets) socket.destroy();
      await expect
        .poll(() => ask(server, 'report').then(({ sockets: left }) => left), { timeout: 20_000 })
        .toBe(0);
      const after = await ask(server, 'report');
      expect(after).toMatchObject({
        subscribers: 0,
        groups: 0,
        leaving: 0,
        descriptors: before.descriptors,
        listeners: before.listeners,
      });
      expect(after.timers).toBeLessThanOrEqual(before.timers + 1); // Node's own, for its open requests
      heaps.push(after.heapUsed);
    }
    // The first rounds fill caches and compile code. The least of three: what one collection leaves behind is noise.
    const drift = Math.min(...heaps.slice(-3)) / Math.min(...heaps.slice(2, 5)) - 1;
    expect(
      drift,
      `heap after each round: ${heaps.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(', ')} MB`,
    ).toBeLessThan(0.05);
  },
  180_000,
);
