import { type EventLog, SseError } from '@sse/core';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { createClient as createClient4, createCluster as createCluster4 } from 'redis4';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RedisClientSource, RedisEventLog } from '../src/index.ts';
import { CLIENTS } from './support/clients.ts';
import { freshPrefix, Logs } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { eventually, QUICK } from './support/server.ts';

let redis: RedisServer;
let logs: Logs;
beforeAll(async () => {
  if (redisPath === undefined) return;
  redis = await RedisServer.start();
  logs = new Logs(redis);
});
afterEach(() => logs?.close());
afterAll(() => redis?.remove());

const event = { topic: 'n', data: '1' };

async function connections(): Promise<number> {
  const list = await redis.ask('CLIENT LIST TYPE normal');
  return list.split('\n').filter((line) => line.startsWith('id=') && !line.includes('cmd=client')).length;
}

/** Opens a tail and waits for its first batch, and then for nothing. */
async function tailOf(log: EventLog): Promise<() => Promise<unknown>> {
  const batches = log.tail(new AbortController().signal)[Symbol.asyncIterator]();
  await batches.next();
  return () => batches.next();
}

describe.skipIf(redisPath === undefined)('connections', () => {
  test.each(Object.keys(CLIENTS))('two for a log by %s, and none once it is closed', async (name) => {
    const log = logs.create({ client: (CLIENTS[name] as (port: number) => RedisClientSource)(redis.port) });
    await log.append([event]);
    await eventually(async () => expect(await connections()).toBe(1));
    const next = await tailOf(log);
    await eventually(async () => expect(await connections()).toBe(2));
    const ended = next();
    await log.close();
    expect(await ended).toMatchObject({ done: true });
    await eventually(async () => expect(await connections()).toBe(0));
  });

  test('a client that is in use stays as it is, and is free while the tail waits', async () => {
    const client = createClient({ url: redis.url });
    await client.connect();
    const log = logs.create({ client });
    await tailOf(log);
    expect(await client.ping()).toBe('PONG');
    await log.close();
    expect(await client.ping()).toBe('PONG');
    client.destroy();
  });

  test("the client's own key prefix, time limits and reconnects have no part in it", async () => {
    const prefix = freshPrefix();
    const client = new Redis(redis.port, '127.0.0.1', {
      lazyConnect: true,
      keyPrefix: 'mine:',
      commandTimeout: 50,
      socketTimeout: 50,
      maxRetriesPerRequest: 1,
    });
    const log = logs.create({ ...QUICK, blockMs: 300, client, prefix });
    const next = await tailOf(log);
    setTimeout(() => void log.append([event]), 500);
    expect((await next()) as object).toMatchObject({ value: { entries: [event] } });
    expect(log.metrics().disconnects).toBe(0);
    expect(await redis.ask(`XLEN {${prefix}}:events`)).toBe(':1');
  });

  test('a Redis that is not there refuses at once, and is tried again at growing, random intervals', async () => {
    const waits: number[] = [];
    const bounds = { minRetryMs: 2, maxRetryMs: 64 };
    const hooks = { onDisconnect: (_: unknown, ms: number) => void waits.push(ms) };
    const log = logs.create({ ...bounds, client: () => new Redis(1, '127.0.0.1'), hooks });
    await expect(log.append([event])).rejects.toMatchObject({
      code: 'log-unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await expect(log.read('1-1', 1)).rejects.toMatchObject({ code: 'log-unavailable' });
    await expect(log.stats()).rejects.toMatchObject({ code: 'log-unavailable' });
    await eventually(() => expect(waits.length).toBeGreaterThan(12));
    for (const [n, ms] of waits.entries()) expect(ms).toBeLessThanOrEqual(Math.min(64, 2 * 2 ** n));
    expect(Math.max(...waits)).toBeGreaterThan(8);
    expect(new Set(waits.slice(6)).size, 'they are random').toBeGreaterThan(2);
    await log.close();
    const { disconnects } = log.metrics();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.metrics().disconnects).toBe(disconnects);
  });

  test('one that is lost as soon as it is open is not opened in a hot loop', async () => {
    const waits: number[] = [];
    const onConnect = (): void => void redis.ask('CLIENT KILL TYPE normal SKIPME yes');
    const hooks = { onConnect, onDisconnect: (_: unknown, ms: number) => void waits.push(ms) };
    const log = logs.create({ minRetryMs: 2, hooks });
    await log.append([event]).catch(() => undefined);
    await eventually(() => expect(Math.max(...waits)).toBeGreaterThan(40));
    expect(waits.length).toBeLessThan(60);
  });

  test('a Redis that wants a password says so to the tail, to appends and to reads', async () => {
    await redis.ask('CONFIG SET requirepass secret');
    try {
      const log = logs.create();
      const message = expect.stringContaining('NOAUTH');
      await expect(log.append([event])).rejects.toMatchObject({ code: 'log-unavailable', message });
      await expect(tailOf(log)).rejects.toMatchObject({ code: 'log-unavailable', message });
      const let_in = logs.create({ client: createClient({ url: redis.url, password: 'secret' }) });
      expect(await let_in.append([event])).toHaveLength(1);
    } finally {
      const admin = createClient({ url: redis.url, password: 'secret' });
      await admin.connect();
      await admin.configSet('requirepass', '');
      admin.destroy();
    }
  });

  test('the tail waits for a Redis that is not there yet', async () => {
    const late = await RedisServer.start();
    await late.kill();
    const log = logs.create({ ...QUICK, client: createClient({ url: late.url }) });
    const opened = tailOf(log);
    await eventually(() => expect(log.metrics().disconnects).toBeGreaterThan(1));
    await late.up();
    await opened;
    expect(log.metrics()).toMatchObject({ connected: true, connects: 1 });
    await late.remove();
  });

  test('connections that are killed break the tail, and the next one goes on', async () => {
    const log = logs.create(QUICK);
    const next = await tailOf(log);
    const broken = expect(next()).rejects.toMatchObject({ code: 'log-unavailable' });
    await redis.ask('CLIENT KILL TYPE normal SKIPME yes');
    await broken;
    const again = await tailOf(log);
    await eventually(() => log.append([event]));
    expect(await again()).toMatchObject({ value: { entries: [event] } });
  });

  test('one whose follower fetches too slowly fails with log-overrun, and no other does', async () => {
    const log = logs.create({ maxTailEntries: 5 });
    const [slow, quick] = [await tailOf(log), await tailOf(log)];
    for (let n = 0; n < 8; n++) {
      await log.append([event]);
      await quick();
    }
    await slow();
    await expect(slow()).rejects.toMatchObject({ code: 'log-overrun' });
  });

  test('one whose follower leaves too many bytes fails as well, but not for what comes at once', async () => {
    const log = logs.create({ maxTailBytes: 1_000 });
    const [slow, quick] = [await tailOf(log), await tailOf(log)];
    const large = { topic: 'n', data: 'x'.repeat(2_000) };
    for (let n = 0; n < 3; n++) {
      await log.append([large]);
      await quick();
    }
    expect(await slow()).toMatchObject({ value: { entries: [large] } });
    await expect(slow()).rejects.toMatchObject({ code: 'log-overrun' });
  });

  test('large entries are read a few at a time, and all come', async () => {
    const [writer, reader] = [freshPrefix()].flatMap((prefix) => [
      logs.create({ prefix }),
      logs.create({ prefix }),
    ]);
    if (writer === undefined || reader === undefined) throw new Error('two logs');
    const next = await tailOf(reader);
    const data = 'x'.repeat(1024 * 1024);
    await writer.append(Array.from({ length: 40 }, (_, n) => ({ topic: `n${n}`, data })));
    const topics: string[] = [];
    while (topics.length < 40) {
      const { value } = (await next()) as { value: { entries: { topic: string }[] } };
      topics.push(...value.entries.map(({ topic }) => topic));
    }
    expect(topics).toEqual(Array.from({ length: 40 }, (_, n) => `n${n}`));
  });

  test('a tail that is opened while the reader of the last one stops begins where it can go on', async () => {
    const log = logs.create({ blockMs: 5 });
    for (let round = 0; round < 40; round++) {
      const abort = new AbortController();
      const batches = log.tail(abort.signal)[Symbol.asyncIterator]();
      const { value } = await batches.next();
      const [id] = await log.append([event]);
      const { entries } = (await batches.next()).value;
      expect(entries.map((entry: { id: string }) => entry.id)).toEqual([id]);
      expect((await log.read(value.position, 10)).entries.map((entry) => entry.id)).toEqual([id]);
      abort.abort();
      for (let turn = 0; turn < round % 7; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });
});

describe.skipIf(redisPath === undefined)('a cluster', () => {
  const CLUSTERS: Record<string, (port: number) => RedisClientSource> = {
    'a client of one node': (port) => createClient({ url: `redis://127.0.0.1:${port}` }),
    redis: (port) => createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] }),
    'redis 4': (port) => createCluster4({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] }),
    ioredis: (port) => new Cluster([{ host: '127.0.0.1', port }], { lazyConnect: true }),
  };

  let cluster: RedisServer;
  beforeAll(async () => {
    cluster = await RedisServer.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
    // One by one: a range is only understood from Redis 7 on, and a line has at most 64 KiB.
    for (let first = 0; first < 16_384; first += 4_096) {
      const slots = Array.from({ length: 4_096 }, (_, index) => first + index);
      await cluster.ask(`CLUSTER ADDSLOTS ${slots.join(' ')}`);
    }
    await eventually(async () => expect(await cluster.ask('CLUSTER INFO')).toContain('cluster_state:ok'));
  });
  afterAll(() => cluster?.remove());

  test.each(Object.keys(CLUSTERS))(
    'holds all keys of a log in one slot; it is reached by %s',
    async (name) => {
      const log = logs.create({
        ...QUICK,
        client: (CLUSTERS[name] as (port: number) => RedisClientSource)(cluster.port),
      });
      const next = await tailOf(log);
      const ids = await log.append([{ ...event, idempotencyKey: 'a' }]);
      expect(await next()).toMatchObject({ value: { entries: [{ id: ids[0] }] } });
      expect(await log.append([{ ...event, idempotencyKey: 'a' }])).toEqual(ids);
      expect((await log.stats()).entries).toBe(1);
      expect(log.metrics()).toMatchObject({ connects: 1, disconnects: 0 });
    },
  );
});

describe('what is no client, and no option', () => {
  const client = createClient4();
  const made =
    (options: object): (() => RedisEventLog) =>
    () =>
      new RedisEventLog({ client, ...options } as never);

  test.each([
    [{ client: undefined }, 'got `undefined` (undefined)'],
    [{ client: 'redis://localhost' }, 'got `"redis://localhost"` (string)'],
    [{ client: {} }, 'got `{}` (object)'],
    [{ prefix: '' }, 'Expected `prefix` to be 1 to 64 characters of A-Z a-z 0-9 _ . : -, got `""` (string)'],
    [{ prefix: '{a}' }, 'Expected `prefix`'],
    [{ prefix: 'x\r\nFLUSHALL' }, 'Expected `prefix`'],
    [{ maxEntries: 0 }, 'Expected `maxEntries` to be a positive integer, got `0` (number)'],
    [{ maxAgeMs: 1.5 }, 'Expected `maxAgeMs` to be a positive integer, got `1.5` (number)'],
    [{ blockMs: 20_000 }, 'Expected `readTimeoutMs` to be more than `blockMs` (20000), got `15000` (number)'],
    [{ maxEntires: 5 }, 'Unknown option `maxEntires`; known: maxEntries, maxAgeMs'],
  ])('%j is refused: %s', (options, message) => {
    expect(made(options)).toThrow(SseError);
    expect(made(options)).toThrow(message);
  });

  test('a function is called when it is needed, and what it makes is looked at then', async () => {
    const log = new RedisEventLog({ client: (() => 5) as never });
    await expect(log.append([event])).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('got `5` (number)'),
    });
    await log.close();
  });
});
