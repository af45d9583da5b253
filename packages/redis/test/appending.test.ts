import type { EventId, NewEvent } from '@sse/core';
import { seededRandom } from '@sse/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freshPrefix, Logs } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { eventually } from './support/server.ts';

let redis: RedisServer;
let logs: Logs;
beforeAll(async () => {
  if (redisPath === undefined) return;
  redis = await RedisServer.start();
  logs = new Logs(redis);
});
afterEach(() => logs?.close());
afterAll(() => redis?.remove());

const event = (n: number, rest: Partial<NewEvent> = {}): NewEvent => ({
  topic: 'n',
  data: String(n),
  ...rest,
});
const events = (count: number, from = 0): NewEvent[] =>
  Array.from({ length: count }, (_, n) => event(from + n));

describe.skipIf(redisPath === undefined)('appending', () => {
  test('many appends at once keep the order in which they were called, over turns and batches', async () => {
    const log = logs.create({ maxEntries: 100_000 });
    const random = seededRandom(7);
    const answers: Promise<readonly EventId[]>[] = [];
    for (let n = 0; n < 300; n++) {
      answers.push(log.append(events(1 + Math.floor(random() * 20))));
      if (random() < 0.2) await new Promise((resolve) => setImmediate(resolve));
    }
    const ids = (await Promise.all(answers)).flat();
    expect(ids).toEqual([...ids].sort(log.compare));
    expect(new Set(ids).size).toBe(ids.length);
    expect(log.metrics().pendingEvents).toBe(0);
  });

  test('a server that forgets the script in between changes nothing about it', async () => {
    const log = logs.create({ maxEntries: 100_000 });
    const answers: Promise<readonly EventId[]>[] = [log.append([event(0)])];
    await answers[0];
    for (let round = 0; round < 10; round++) {
      const flushed = redis.ask('SCRIPT FLUSH');
      for (let n = 0; n < 30; n++) {
        answers.push(log.append(events(3)));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await flushed;
    }
    const ids = (await Promise.all(answers)).flat();
    expect(ids).toEqual([...ids].sort(log.compare));
    expect((await log.stats()).entries).toBe(ids.length);
  });

  test('what would wait beyond the bounds is refused, and can be tried again', async () => {
    const log = logs.create({ maxPendingEvents: 10 });
    const taken = log.append(events(10));
    await expect(log.append([event(11)])).rejects.toMatchObject({
      code: 'log-unavailable',
      message: 'Too many events wait for Redis (10 events, 20 bytes); try again later',
    });
    await taken;
    expect(await log.append([event(11)])).toHaveLength(1);
    const small = logs.create({ maxPendingBytes: 100 });
    await expect(small.append([event(1, { data: 'x'.repeat(100) })])).rejects.toMatchObject({
      code: 'log-unavailable',
    });
  });

  test('an idempotency key is kept while its entry is, however old, and then for a while longer', async () => {
    const prefix = freshPrefix();
    const keyed = (n: number): NewEvent => event(n, { idempotencyKey: `key ${n}\nwith a line` });
    const log = logs.create({ prefix, maxEntries: 10, idempotencyMs: 1 });
    const [id] = await log.append([keyed(0)]);
    // Old enough now, but still held.
    await log.append([keyed(1)]);
    expect(await log.append([keyed(0)])).toEqual([id]);
    // Trimmed, a node of a hundred at a time, and older than the bound: each append forgets some.
    for (let n = 2; n < 400; n++) await log.append([keyed(n)]);
    const held = (await log.stats()).entries;
    const kept = Number((await redis.ask(`HLEN {${prefix}}:keys`)).slice(1));
    expect(kept).toBeGreaterThanOrEqual(held);
    expect(kept).toBeLessThan(held + 110);
    expect(await redis.ask(`LLEN {${prefix}}:queue`)).toBe(`:${kept}`);
    expect(await log.append([keyed(0)])).not.toEqual([id]);
    const patient = logs.create({ maxEntries: 10 });
    const [first] = await patient.append([keyed(0)]);
    await patient.append(events(300));
    expect((await patient.read(first ?? '', 1)).kind).toBe('gap');
    expect(await patient.append([keyed(0)])).toEqual([first]);
  });

  test('a full Redis refuses, stores nothing, and takes the same events once it has room', async () => {
    const log = logs.create();
    await log.append([event(0)]);
    await redis.ask('CONFIG SET maxmemory 1');
    await expect(log.append([event(1), event(2)])).rejects.toMatchObject({
      code: 'log-unavailable',
      message: expect.stringContaining('OOM'),
    });
    await redis.ask('CONFIG SET maxmemory 0');
    expect((await log.stats()).entries).toBe(1);
    expect(await log.append([event(1), event(2)])).toHaveLength(2);
    expect(log.metrics().disconnects).toBe(0);
  });

  test('a key of another type is a clear error, stores nothing, and is over once the key is', async () => {
    for (const name of ['events', 'head', 'keys', 'queue']) {
      const prefix = freshPrefix();
      await redis.ask(`SET {${prefix}}:${name} x`);
      const log = logs.create({ prefix, maxRetryMs: 50 });
      await expect(log.append([event(0, { idempotencyKey: 'a' })])).rejects.toMatchObject({
        code: 'log-unavailable',
        message: expect.stringContaining('WRONGTYPE'),
      });
      await redis.ask(`DEL {${prefix}}:${name}`);
      await eventually(async () => expect(await log.append([event(1)])).toHaveLength(1));
      expect((await log.stats()).entries).toBe(1);
    }
  });

  test('entries beyond their age are dropped, also when nothing is appended, and the newest id is still proven', async () => {
    const log = logs.create({ maxAgeMs: 200, blockMs: 50 });
    const abort = new AbortController();
    const batches = log.tail(abort.signal)[Symbol.asyncIterator]();
    await batches.next();
    const ids = await log.append(events(3));
    await batches.next();
    const ended = batches.next();
    await eventually(async () => expect((await log.stats()).entries).toBe(0));
    expect(await log.read(ids[2] ?? '', 10)).toEqual({ kind: 'page', entries: [] });
    expect(await log.read(ids[0] ?? '', 10)).toEqual({ kind: 'gap', reason: 'evicted', entries: [] });
    const [next] = await log.append([event(3)]);
    expect((await log.read(ids[2] ?? '', 10)).entries.map(({ id }) => id)).toEqual([next]);
    expect((await ended).value?.entries).toHaveLength(1);
    abort.abort();
  });

  test('a log that is begun anew, many times in a millisecond, never gives an id again', async () => {
    const prefix = freshPrefix();
    const log = logs.create({ prefix });
    const keys = ['events', 'head', 'keys', 'queue'].map((name) => `{${prefix}}:${name}`).join(' ');
    const given: EventId[] = [];
    for (let round = 0; round < 100; round++) {
      given.push(...(await log.append(events(3))));
      await redis.ask(`DEL ${keys}`);
    }
    expect(new Set(given).size).toBe(given.length);
  });

  test('logs with different prefixes on one Redis do not meet', async () => {
    const [a, b] = [logs.create({ prefix: 'shop' }), logs.create({ prefix: 'shop:eu' })];
    await a.append([event(1, { idempotencyKey: 'same' })]);
    await b.append([event(2, { idempotencyKey: 'same' })]);
    expect([(await a.stats()).entries, (await b.stats()).entries]).toEqual([1, 1]);
  });
});
