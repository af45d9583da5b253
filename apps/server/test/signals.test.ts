import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, publishOk, stalledSocket } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from './support/server-process.ts';
import { openStream, SseReader } from './support/sse-reader.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

afterEach(killServers);

function openStreams(server: ServerProcess, count: number): Promise<readonly SseReader[]> {
  return Promise.all(Array.from({ length: count }, () => openStream(`${server.url}/stream`)));
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('ends each stream with `closing` and a `retry` of its own, and then the server with 0', async () => {
    const server = await startServer({ env: { DRAIN_SECONDS: '1', RETRY_MS: '10000' } });
    const readers = await openStreams(server, 20);
    await publishOk(server, { type: 'last' });
    await eventually(() => expect(readers.every((reader) => reader.events().length === 1)).toBe(true));
    const startedAt = performance.now();
    const { code, stderr } = await server.stop(signal);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const reader of readers) {
      expect(reader.system().at(-1)).toEqual({
        type: 'closing',
        reason: 'shutdown',
        resume_from: reader.lastId,
      });
      expect(reader.over).toBe(true);
    }
    const retries = readers.map(
      ({ blocks }) => blocks.filter(({ retry }) => retry !== undefined).at(-1)?.retry,
    );
    expect(new Set(retries).size).toBeGreaterThan(10);
    expect(retries.every((retry = 0) => retry >= 8_000 && retry <= 12_000)).toBe(true);
    const endings = readers.map(({ blocks }) => blocks.at(-1)?.at ?? 0);
    expect(Math.max(...endings) - Math.min(...endings)).toBeGreaterThan(300);
    expect(server.logs('client disconnected').map(({ reason }) => reason)).toEqual(
      readers.map(() => 'shutdown'),
    );
    expect(server.logs().at(-1)).toMatchObject({ level: 'info', msg: 'stopped' });
  });
});

test('a server that drains is not ready, takes no new streams, and still answers', async () => {
  const server = await startServer({ env: { DRAIN_SECONDS: '30' } });
  await openStreams(server, 2);
  server.kill('SIGTERM');
  await server.log('draining');
  expect(await ask(server, '/ready')).toMatchObject({ status: 503, body: { status: 'closing' } });
  expect(await ask(server, '/health')).toMatchObject({ status: 503, body: { status: 'unhealthy' } });
  const late = new SseReader(`${server.url}/stream`);
  await eventually(() => expect(late.over).toBe(true));
  expect(late.status).toBe(503);
  expect(JSON.parse(late.body)).toMatchObject({ status: 503 });
  expect(late.headers['retry-after']).toBeDefined();
  expect(server.logs().filter(({ level }) => level === 'error')).toEqual([]);
});

test('what is published while draining still reaches the streams that are left', async () => {
  const server = await startServer({ env: { DRAIN_SECONDS: '30' } });
  const readers = await openStreams(server, 2);
  server.kill('SIGTERM');
  await server.log('client disconnected');
  await publishOk(server, { type: 'late' });
  await eventually(() => expect(readers.flatMap((reader) => reader.events())).toEqual([{ type: 'late' }]));
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second %s ends the server at once, with %i', async (signal, exitCode) => {
  const server = await startServer({ env: { DRAIN_SECONDS: '60' } });
  await openStreams(server, 2);
  server.kill('SIGTERM');
  await server.log('draining');
  const startedAt = performance.now();
  const { code } = await server.stop(signal);
  expect(code).toBe(exitCode);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('without any client the server ends at once', async () => {
  const server = await startServer({ env: { DRAIN_SECONDS: '60' } });
  await ask(server, '/health'); // leaves an idle connection open
  expect((await server.stop()).code).toBe(0);
});

test('readers that read nothing, and requests that never end, do not keep the server from ending in its time', async () => {
  const server = await startServer({
    env: { DRAIN_SECONDS: '1', MAX_QUEUE_BYTES: '100000000', MAX_QUEUE_SIZE: '100000' },
  });
  const sockets = [1, 2, 3].map(() => stalledSocket(server, '/stream'));
  await eventually(() => expect(server.logs('client connected')).toHaveLength(3));
  // More than the kernel takes on behalf of the readers.
  for (let n = 0; n < 40; n++) await publishOk(server, { type: 'bulk', text: 'x'.repeat(250_000) });
  stalledSocket(server, '/health', 'X-Unfinished:');
  const startedAt = performance.now();
  const { code } = await server.stop();
  expect(code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  expect(server.logs().at(-1)).toMatchObject({ msg: 'stopped' });
  for (const socket of sockets) socket.destroy();
});

test('DRAIN_SECONDS=0 still says goodbye', async () => {
  const server = await startServer({ env: { DRAIN_SECONDS: '0' } });
  const readers = await openStreams(server, 5);
  expect((await server.stop()).code).toBe(0);
  for (const reader of readers) {
    await eventually(() => expect(reader.over).toBe(true));
    expect(reader.system('closing')).toHaveLength(1);
  }
});

// npm is there wherever these tests run; its way to run scripts is not, on Windows.
describe.skipIf(process.platform === 'win32')('under `npm start`', () => {
  const options = {
    // What `prestart` prepares, the tests have prepared already.
    command: ['npm', 'start', '--silent', '--ignore-scripts'] as const,
    folder: ROOT,
    env: { DRAIN_SECONDS: '1' },
  };

  test('SIGTERM to npm ends the server', async () => {
    const server = await startServer({ ...options, command: [...options.command] });
    const [reader] = await openStreams(server, 1);
    const { signal, code } = await server.stop('SIGTERM');
    expect(code === 0 || signal === 'SIGTERM').toBe(true);
    await eventually(() => expect(reader?.system('closing')).toMatchObject([{ reason: 'shutdown' }]));
    expect(server.logs().at(-1)).toMatchObject({ msg: 'stopped' });
  });

  test('Ctrl-C, which reaches the server from the terminal and from npm, drains it too', async () => {
    const server = await startServer({ ...options, command: [...options.command], group: true });
    await openStreams(server, 2);
    // A terminal sends its signal to the whole group.
    spawnSync('kill', ['-INT', '--', `-${server.pid}`]);
    await server.ended;
    expect(server.logs('client disconnected').map(({ reason }) => reason)).toEqual(['shutdown', 'shutdown']);
    expect(server.logs().at(-1)).toMatchObject({ msg: 'stopped' });
  });
});
