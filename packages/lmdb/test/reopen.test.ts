import { SseError } from '@sse/core';
import { expect, test, vi } from 'vitest';
import { LMDB_EVENT_LOG_DEFAULTS, LmdbEventLog, type LmdbEventLogOptions } from '../src/index.ts';
import { event, events, idsOf, positionOf, readHeld } from './follow.ts';
import { temporaryDatabase } from './temporary-database.ts';

test('a log that is opened again has the same epoch, entries, order and keys, and goes on', async () => {
  const path = temporaryDatabase();
  const log = new LmdbEventLog({ path });
  const full = event(1, { event: 'named', key: 'k', idempotencyKey: 'i', data: 'two\nlines — ünïcode 🙂' });
  const ids = await log.append([full, event(2), event(3, { data: '' })]);
  const before = await readHeld(log);
  await log.close();
  const again = new LmdbEventLog({ path });
  expect(await readHeld(again)).toEqual(before);
  expect(before[0]).toMatchObject(full);
  expect(await positionOf(again)).toBe(ids[2]);
  expect(await again.append([full])).toEqual([ids[0]]);
  const [next = ''] = await again.append([event(4)]);
  expect(again.compare(ids[2] ?? '', next)).toBe(-1);
  expect(await again.read(ids[2] ?? '', 10)).toMatchObject({ kind: 'page', entries: [{ id: next }] });
  await again.close();
});

test('what was dropped is gone after a restart, its key too, and the numbers of an emptied log go on', async () => {
  const path = temporaryDatabase();
  let now = 1_000_000;
  const environment = {
    now: () => now,
    elapsed: () => now,
    random: Math.random,
    after: after,
    soon: setImmediate,
  };
  const log = new LmdbEventLog({ path, maxAgeMs: 500, environment });
  const ids = await log.append(events(0, 3, { idempotencyKey: 'same' }));
  now += 1_000;
  await log.prune();
  expect(await log.stats()).toEqual({ entries: 0, bytes: 0 });
  await log.close();
  const again = new LmdbEventLog({ path, environment });
  // All three have one key, so that only the first was added.
  expect(new Set(ids).size).toBe(1);
  expect(await again.read(ids[0] ?? '', 10)).toEqual({ kind: 'page', entries: [] });
  // The key is forgotten with its entry.
  const [next = ''] = await again.append([event(9, { idempotencyKey: 'same' })]);
  expect(next).not.toBe(ids[0]);
  expect(again.compare(ids[0] ?? '', next)).toBe(-1);
  await again.close();
});

const after = (): never => {
  throw new Error('not used');
};

test('two copies of this package in one process share a database, and do not wait for each other', async () => {
  const path = temporaryDatabase();
  const one = new LmdbEventLog({ path });
  vi.resetModules();
  const copy = await import('../src/index.ts');
  expect(copy.LmdbEventLog).not.toBe(LmdbEventLog);
  const writing = one.append(events(0, 100));
  const two = new copy.LmdbEventLog({ path });
  const ids = [...(await writing), ...(await two.append(events(0, 100)))];
  expect(idsOf(await readHeld(one))).toEqual(ids);
  await Promise.all([one.close(), two.close()]);
  const three = new copy.LmdbEventLog({ path });
  expect(idsOf(await readHeld(three))).toEqual(ids);
  await three.close();
});

test('closing writes what waits first, and a log that is opened meanwhile is another one', async () => {
  const path = temporaryDatabase();
  const log = new LmdbEventLog({ path, durability: 'os' });
  const writing = Promise.all(Array.from({ length: 50 }, (_, n) => log.append([event(n)])));
  const closing = log.close();
  const next = new LmdbEventLog({ path, durability: 'os' });
  await closing;
  expect(await log.close()).toBeUndefined();
  expect(idsOf(await readHeld(next))).toEqual((await writing).flat());
  await next.append([event(1)]);
  await next.close();
});

test('an append beyond what may wait is refused with a clear word, and leaves no trace', async () => {
  const log = new LmdbEventLog({ path: temporaryDatabase(), maxPendingEvents: 10 });
  const answers = await Promise.allSettled([
    log.append(events(0, 12)),
    log.append(events(12, 13)),
    log.append(events(13, 22)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(answers[1]).toMatchObject({
    reason: { code: 'log-unavailable', message: expect.stringContaining('no more than 10 events') },
  });
  expect((await log.stats()).entries).toBe(12);
  await log.append(events(13, 22));
  await log.close();
});

test('appends within the commit delay share one transaction', async () => {
  const log = new LmdbEventLog({ path: temporaryDatabase(), commitDelayMs: 20 });
  const startedAt = performance.now();
  await log.append([event(1)]);
  expect(performance.now() - startedAt).toBeGreaterThan(15);
  await log.close();
});

test.each<readonly [Partial<LmdbEventLogOptions> & Record<string, unknown>, string]>([
  [{ maxEntries: 0 }, 'Expected `maxEntries` to be a positive integer, got `0` (number)'],
  [{ maxBytes: 1.5 }, 'Expected `maxBytes` to be a positive integer, got `1.5` (number)'],
  [{ maxAgeMs: Number.NaN }, 'Expected `maxAgeMs` to be a positive number, got `NaN` (number)'],
  [{ commitDelayMs: -1 }, 'Expected `commitDelayMs` to be a number from 0 to 1000, got `-1` (number)'],
  [{ durability: 'none' as 'os' }, 'Expected `durability` to be one of `disk`, `os`, got `"none"` (string)'],
  [{ path: '' }, 'Expected `path` to be the path of a file, got `""` (string)'],
  [
    { path: undefined as unknown as string },
    'Expected `path` to be the path of a file, got `undefined` (undefined)',
  ],
  [{ maxEntrys: 5 }, 'Unknown option `maxEntrys`; known: path, durability, '],
])('the options %j are refused', (options, message) => {
  const open = (): unknown => new LmdbEventLog({ path: temporaryDatabase(), ...options });
  expect(open).toThrow(SseError);
  expect(open).toThrow(message);
});

test('the defaults are what the documentation says', () => {
  expect(LMDB_EVENT_LOG_DEFAULTS).toMatchObject({
    durability: 'disk',
    commitDelayMs: 0,
    maxEntries: 100_000,
    maxBytes: 268_435_456,
    maxAgeMs: 604_800_000,
  });
});

test('a folder that can not be made is named', () => {
  expect(() => new LmdbEventLog({ path: '/dev/null/events.lmdb' })).toThrow(
    /^Opening the event log in \/dev\/null\/events.lmdb failed: E[A-Z]+/,
  );
});
