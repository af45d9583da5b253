import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { ask, publishOk } from '../support/http.ts';
import { eventually, killServers, MAIN, type ServerProcess, startServer } from '../support/server-process.ts';
import { openStream, type SseReader } from '../support/sse-reader.ts';

const LONG = process.env['LONG'] === '1';
const isLinux = process.platform === 'linux';

afterEach(killServers);

/** Publishes `count` events, and waits until a reader has each of them once, in order, behind what it had. */
async function publishAndReceive(server: ServerProcess, reader: SseReader, count: number): Promise<void> {
  const before = reader.events().length;
  const numbers = Array.from({ length: count }, (_, n) => before + n);
  for (const n of numbers) await publishOk(server, { type: 'n', n });
  await eventually(() =>
    expect(
      reader
        .events()
        .slice(before)
        .map(({ n }) => n),
    ).toEqual(numbers),
  );
}

/** Connections that ask for a stream, until they are reset. */
function openSockets(server: ServerProcess, count: number): readonly Socket[] {
  return Array.from({ length: count }, () => {
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.on('error', () => undefined).resume();
    socket.write('GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return socket;
  });
}

test.skipIf(!isLinux)(
  'out of descriptors, it closes what is too much and says so; streams and publishing go on',
  async () => {
    const shell = `ulimit -n 256; exec "${process.execPath}" "${MAIN}"`;
    const server = await startServer({ command: ['sh', '-c', shell], env: { STORE: 'memory' } });
    expect(await server.log('limit of connections')).toMatchObject({ connections: 192, descriptors: 256 });
    const reader = await openStream(`${server.url}/stream?topics=n`);
    const sockets = openSockets(server, 400);
    await server.log('closed a connection: there are as many as may be');
    await eventually(() => expect(sockets.filter(({ closed }) => closed).length).toBeGreaterThan(200));
    for (const socket of sockets) socket.resetAndDestroy();
    await publishAndReceive(server, reader, 5);
    expect(reader.over).toBe(false);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(Number(/^sse_dropped_connections_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(200);
  },
);

test('after its event loop stood still, streams go on where they were', async () => {
  const server = await startServer({ env: { HEARTBEAT_INTERVAL: '1', STALL_TIMEOUT: '2' } });
  const reader = await openStream(`${server.url}/stream?topics=n`);
  await publishAndReceive(server, reader, 2);
  server.kill('SIGSTOP');
  const publishing = publishOk(server, { type: 'n', n: 2 });
  // Longer than a stall may last, so that it must be told from one of the client's.
  await new Promise((resolve) => setTimeout(resolve, LONG ? 5_000 : 2_500));
  server.kill('SIGCONT');
  await publishing;
  await eventually(() => expect(reader.events().map(({ n }) => n)).toEqual([0, 1, 2]));
  await publishAndReceive(server, reader, 3);
  expect(reader.over).toBe(false);
});

test.skipIf(process.platform === 'win32')(
  'a clock that goes back by an hour changes nothing for streams, replay and heartbeats',
  async () => {
    const preload = fileURLToPath(new URL('clock-back.cjs', import.meta.url));
    const server = await startServer({
      command: [process.execPath, '--require', preload, MAIN],
      env: { HEARTBEAT_INTERVAL: '0.2', STORE: 'lmdb', DATA_DIR: 'data', ALERT_RULES: 'none' },
    });
    const reader = await openStream(`${server.url}/stream?topics=n,heartbeat`);
    await publishAndReceive(server, reader, 3);
    const cursor = reader.lastId;
    server.kill('SIGUSR2');
    const beats = (): readonly Readonly<Record<string, unknown>>[] =>
      reader.blocks.filter(({ event }) => event === 'heartbeat').map(({ data }) => JSON.parse(data ?? '{}'));
    const hourAgo = Date.now() - 3_000_000;
    await eventually(() => expect(Date.parse(String(beats().at(-1)?.['timestamp']))).toBeLessThan(hourAgo));
    const seen = beats().length;
    await publishAndReceive(server, reader, 3);
    await eventually(() => expect(beats().length).toBeGreaterThan(seen + 2));
    const late = await openStream(`${server.url}/stream?topics=n`, {
      headers: { 'Last-Event-ID': String(cursor) },
    });
    await eventually(() => expect(late.events().map(({ n }) => n)).toEqual([3, 4, 5]));
    expect([...reader.system('gap'), ...late.system('gap')]).toEqual([]);
    expect(reader.over).toBe(false);
  },
);

test('connections that come and go by the hundred, half of them reset, leave nothing behind; a stream beside them goes on', async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const reader = await openStream(`${server.url}/stream?topics=n`);
  const rounds = LONG ? 60 : 6;
  for (let round = 0; round < rounds; round++) {
    const sockets = openSockets(server, 250);
    await publishAndReceive(server, reader, 2);
    for (const [index, socket] of sockets.entries()) {
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
  await eventually(async () => expect((await ask(server, '/health')).body['connected_clients']).toBe(1));
  expect(reader.over).toBe(false);
  expect(server.stderr).toBe('');
}, 120_000);

test('a publish that is under way when the server is told to stop is answered: that it is published, or when to try again', async () => {
  const server = await startServer({ env: { DRAIN_SECONDS: '30' } });
  const reader = await openStream(`${server.url}/stream?topics=n`);
  const body = JSON.stringify({ type: 'n', n: 0 });
  let answer = '';
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  socket.write(
    `POST /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token-of-the-tests\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  );
  await ask(server, '/health');
  server.kill('SIGTERM');
  await server.log('draining');
  socket.write(body.slice(5));
  await eventually(() => expect(answer).toMatch(/^HTTP\/1\.1 (202 |503 [\s\S]*\r\nRetry-After: \d)/));
  const answeredAt = performance.now();
  expect((await server.ended).code).toBe(0);
  // Not at the end of the drain time: nothing is left to wait for.
  expect(performance.now() - answeredAt).toBeLessThan(5_000);
  expect(reader.system().at(-1)).toMatchObject({ type: 'closing', reason: 'shutdown' });
});
