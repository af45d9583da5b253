import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisServer, redisPath } from '../../../packages/redis/test/support/redis-server.ts';
import { ask, publish, publishOk } from './support/http.ts';
import {
  eventually,
  killServers,
  runServer,
  type ServerProcess,
  startServer,
  TOKEN,
} from './support/server-process.ts';
import { SseReader } from './support/sse-reader.ts';

const numbers = (reader: SseReader): readonly unknown[] => reader.events().map(({ n }) => n);
const resume = (server: ServerProcess, id: string): SseReader =>
  new SseReader(`${server.url}/stream?topics=tick`, { headers: { 'Last-Event-ID': id } });

afterEach(() => killServers());

describe('the store lmdb', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sse-store-'));
  });
  afterEach(async () => {
    await killServers();
    await rm(folder, { recursive: true, force: true });
  });

  test('is the default: what was acknowledged is there after a kill -9, under the same ids', async () => {
    let server = await startServer({ folder });
    const [first = ''] = await publishOk(server, { type: 'tick', n: 1 });
    await publishOk(
      server,
      [2, 3].map((n) => ({ type: 'tick', n })),
    );
    await server.stop('SIGKILL');

    server = await startServer({ folder });
    const reader = resume(server, first);
    await eventually(() => expect(numbers(reader)).toEqual([2, 3]));
    expect(reader.system('gap')).toEqual([]);
    await publishOk(server, { type: 'tick', n: 4 });
    await eventually(() => expect(numbers(reader)).toEqual([2, 3, 4]));
    expect(reader.lastId.split('-')[0]).toBe(first.split('-')[0]);
  });

  test('two servers in one folder show the same events in the same order', async () => {
    const servers = [await startServer({ folder }), await startServer({ folder })] as const;
    const readers = servers.map(({ url }) => new SseReader(`${url}/stream?topics=tick`));
    await Promise.all(readers.map((reader) => reader.opened()));
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => publishOk(servers[n % 2 === 0 ? 0 : 1], { type: 'tick', n })),
    );
    await eventually(() => expect(readers.map((reader) => reader.events().length)).toEqual([50, 50]));
    expect(numbers(readers[0] as SseReader)).toEqual(numbers(readers[1] as SseReader));
  });

  test('refuses a file that is not its own in one line, and leaves it as it is', async () => {
    await writeFile(join(folder, 'events.lmdb'), 'my diary');
    const { code, stderr, stdout } = await runServer({ folder, env: { DATA_DIR: folder } });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^sse-server: Expected [^\n]*events\.lmdb[^\n]*\n$/);
    expect(await readFile(join(folder, 'events.lmdb'), 'utf8')).toBe('my diary');
  });
});

test('the store memory forgets with the process, and says so', async () => {
  const env = { STORE: 'memory' };
  let server = await startServer({ env });
  const [first = ''] = await publishOk(server, { type: 'tick', n: 1 });
  await server.stop('SIGKILL');
  server = await startServer({ env });
  const reader = await resume(server, first).opened();
  await eventually(() => expect(reader.system('gap')).toMatchObject([{ reason: 'unknown' }]));
});

describe.skipIf(redisPath === undefined)('the store redis', () => {
  let redis: RedisServer;
  let env: Readonly<Record<string, string>>;

  beforeEach(async () => {
    redis = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
    env = { STORE: 'redis', REDIS_URL: redis.url, REDIS_PREFIX: 'test' };
  });
  afterEach(async () => {
    await killServers();
    await redis.remove();
  });

  test('gives many servers one order, and a client resumes on any of them', async () => {
    const [left, right] = [await startServer({ env }), await startServer({ env })];
    const reader = await new SseReader(`${left.url}/stream?topics=tick`).opened();
    const [first = ''] = await publishOk(right, { type: 'tick', n: 1 });
    await publishOk(left, { type: 'tick', n: 2 });
    await eventually(() => expect(numbers(reader)).toEqual([1, 2]));
    await left.stop('SIGKILL');
    const resumed = resume(right, first);
    await publishOk(right, { type: 'tick', n: 3 });
    await eventually(() => expect(numbers(resumed)).toEqual([2, 3]));
    expect(resumed.system('gap')).toEqual([]);
  });

  test('every server answers for the clients of all, ends any of them, and forgets those of a server that is gone', async () => {
    const [left, right] = [await startServer({ env }), await startServer({ env })];
    await new SseReader(`${left.url}/stream?client_name=on-left`).opened();
    const reader = await new SseReader(`${right.url}/stream?client_name=on-right`).opened();
    const names = async (server: ServerProcess): Promise<readonly string[]> => {
      const { body } = await ask(server, '/clients');
      return (body['clients'] as { client_name: string }[]).map(({ client_name: name }) => name).sort();
    };
    // What one server knows of another is as old as the other's last report.
    await eventually(async () => expect(await names(left)).toEqual(['on-left', 'on-right']), 15_000);
    expect((await ask(left, '/health')).body['connected_clients']).toBe(2);
    const id = String(reader.system('connected')[0]?.['client_id']);
    const ended = await ask(left, `/clients/${id}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    expect(ended.status).toBe(204);
    await eventually(() => expect(reader.system('closing')).toMatchObject([{ reason: 'revoked' }]));
    await left.stop();
    await eventually(async () => expect(await names(right)).toEqual([]));
  });

  test('while Redis is away nothing is taken, streams stay open, and all catch up when it is back', async () => {
    const server = await startServer({ env: { ...env, HEARTBEAT_INTERVAL: '0.2' } });
    const reader = await new SseReader(`${server.url}/stream?topics=tick,heartbeat`).opened();
    await publishOk(server, { type: 'tick', n: 1 });
    await redis.kill();
    await eventually(async () => expect((await ask(server, '/ready')).status).toBe(503));
    const refused = await publish(server, { type: 'tick', n: 'lost' });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const beats = reader.events('heartbeat').length;
    await eventually(() => expect(reader.events('heartbeat').length).toBeGreaterThan(beats + 2));
    expect(reader.over).toBe(false);

    await redis.up();
    await eventually(async () => expect((await publish(server, { type: 'tick', n: 2 })).status).toBe(202));
    await eventually(() => expect(numbers(reader)).toEqual([1, 2]));
    await eventually(async () => expect((await ask(server, '/ready')).status).toBe(200));
    expect(reader.system('gap')).toEqual([]);
  });

  test('a flush becomes one gap for each client on each server', async () => {
    const servers = [await startServer({ env }), await startServer({ env })];
    const readers = servers.map(({ url }) => new SseReader(`${url}/stream?topics=tick`));
    await Promise.all(readers.map((reader) => reader.opened()));
    await publishOk(
      servers[0] as ServerProcess,
      [1, 2, 3].map((n) => ({ type: 'tick', n })),
    );
    for (const reader of readers) await eventually(() => expect(numbers(reader)).toEqual([1, 2, 3]));
    await redis.ask('FLUSHALL');
    await eventually(async () =>
      expect((await publish(servers[1] as ServerProcess, { type: 'tick', n: 4 })).status).toBe(202),
    );
    for (const reader of readers) {
      await eventually(() => expect(numbers(reader).at(-1)).toBe(4), 20_000);
      expect(reader.system('gap')).toHaveLength(1);
    }
  });

  test('starts without its Redis, is not ready, and becomes so when it comes', async () => {
    await redis.kill();
    const server = await startServer({ env });
    expect((await ask(server, '/ready')).status).toBe(503);
    await redis.up();
    await eventually(async () => expect((await ask(server, '/ready')).status).toBe(200));
  });
});
