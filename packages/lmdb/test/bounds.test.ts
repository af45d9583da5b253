import { open } from 'lmdb';
import { expect, test, vi } from 'vitest';
import { watchPauses } from '../long/figures.ts';
import { NAMES } from '../src/format.ts';
import { type DamagedEntry, LmdbEventLog } from '../src/index.ts';
import { event, events, idsOf, positionOf, readHeld } from './follow.ts';
import { temporaryDatabase } from './temporary-database.ts';

const clockAt = (time: { ms: number }) => ({
  now: () => time.ms,
  elapsed: () => time.ms,
  random: Math.random,
  after: () => ({ cancel: () => undefined }),
  soon: setImmediate,
});

test('the number of entries is bounded in the background, soon after an append', async () => {
  const log = new LmdbEventLog({ path: temporaryDatabase(), durability: 'os', maxEntries: 100 });
  const ids = await log.append(events(0, 2_500));
  await vi.waitFor(async () => expect((await log.stats()).entries).toBe(100), { timeout: 5_000 });
  expect(idsOf(await readHeld(log))).toEqual(ids.slice(-100));
  await log.close();
});

test('the size of the entries is bounded, and stats count it', async () => {
  const log = new LmdbEventLog({ path: temporaryDatabase(), durability: 'os', maxBytes: 50_000 });
  await log.append(events(0, 100, { data: 'x'.repeat(1_000) }));
  expect((await log.stats()).bytes).toBeGreaterThan(100_000);
  await log.prune();
  const { bytes, entries } = await log.stats();
  expect(bytes).toBeLessThanOrEqual(50_000);
  expect(bytes).toBeGreaterThan(48_000);
  expect(bytes / entries).toBeCloseTo(1_000 + 64 + 13 + 8, 5);
  await log.append([event(1, { data: 'x'.repeat(60_000) })]);
  await log.prune();
  expect(await log.stats()).toEqual({ entries: 0, bytes: 0 });
  await log.close();
});

test('the age of entries is bounded by the clock, also for what an earlier process appended', async () => {
  const path = temporaryDatabase();
  const time = { ms: 1_000_000 };
  const options = { path, durability: 'os', maxAgeMs: 1_000, environment: clockAt(time) } as const;
  const log = new LmdbEventLog(options);
  const old = await log.append(events(0, 10));
  time.ms += 600;
  const young = await log.append(events(10, 20));
  await log.close();
  time.ms += 600;
  const again = new LmdbEventLog(options);
  await vi.waitFor(async () => expect((await again.stats()).entries).toBe(10));
  expect(idsOf(await readHeld(again))).toEqual(young);
  expect(await again.read(old[8] ?? '', 5)).toMatchObject({
    kind: 'gap',
    reason: 'evicted',
    oldest: young[0],
  });
  expect(await again.read(old[9] ?? '', 5)).toMatchObject({ kind: 'page' });
  await again.close();
});

test('a key is remembered for as long as its entry, and no longer', async () => {
  const log = new LmdbEventLog({ path: temporaryDatabase(), durability: 'os', maxEntries: 10 });
  const keyed = Array.from({ length: 30 }, (_, n) => event(n, { idempotencyKey: `key ${n}` }));
  const ids = await log.append(keyed);
  await log.prune();
  expect(await log.append(keyed.slice(20))).toEqual(ids.slice(20));
  const again = await log.append(keyed.slice(0, 20));
  expect(again.filter((id) => ids.includes(id))).toEqual([]);
  await log.prune();
  expect((await log.stats()).entries).toBe(10);
  await log.close();
});

test('a tail that is far behind what was dropped is given all of it, up to its bound', async () => {
  const options = { path: temporaryDatabase(), durability: 'os', maxEntries: 5 } as const;
  for (const [bounds, fails] of [
    [{ maxTailEntries: 3_000 }, false],
    [{ maxTailEntries: 1_000 }, true],
    [{ maxTailBytes: 10_000 }, true],
  ] as const) {
    const log = new LmdbEventLog({ ...options, ...bounds });
    const tail = log.tail(new AbortController().signal)[Symbol.asyncIterator]();
    await tail.next();
    const ids = await log.append(events(0, 2_500));
    await log.prune();
    const got: string[] = [];
    const fetchAll = async (): Promise<void> => {
      while (got.length < 2_500) got.push(...idsOf((await tail.next()).value?.entries ?? []));
    };
    if (fails) await expect(fetchAll()).rejects.toMatchObject({ code: 'log-overrun' });
    else expect(await fetchAll().then(() => got)).toEqual(ids);
    await log.close();
  }
});

test('a damaged entry is skipped and told of once, by reading, by the tail and by pruning', async () => {
  const path = temporaryDatabase();
  const first = new LmdbEventLog({ path, durability: 'os' });
  const start = await positionOf(first);
  const ids = await first.append(events(0, 20, { data: 'x'.repeat(50) }));
  await first.close();
  const root = open({ path, noSubdir: true, overlappingSync: false });
  const entries = root.openDB<Buffer, number>(NAMES.entries, { encoding: 'binary' });
  const damage: Readonly<Record<number, (value: Buffer) => Buffer>> = {
    1: (value) => value.subarray(0, 5),
    7: (value) => Buffer.concat([value.subarray(0, 40), Buffer.from('?'), value.subarray(41)]),
    8: () => Buffer.from('{}'),
    20: (value) => value.fill(0),
  };
  root.transactionSync(() => {
    for (const [seq, spoil] of Object.entries(damage))
      void entries.put(Number(seq), spoil(Buffer.from(entries.get(Number(seq)) ?? '')));
  });
  await root.close();
  const told: DamagedEntry[] = [];
  const log = new LmdbEventLog({ path, durability: 'os', onDamagedEntry: (entry) => told.push(entry) });
  const whole = ids.filter((_, index) => !(index + 1 in damage));
  for (const limit of [1, 2, 100]) {
    const got: string[] = [];
    for (let cursor = start; ; cursor = got.at(-1) ?? '') {
      const page = await log.read(cursor, limit);
      if (page.entries.length === 0) break;
      got.push(...idsOf(page.entries));
    }
    expect(got).toEqual(whole);
  }
  expect(told.map(({ seq }) => seq)).toEqual([1, 7, 8, 20]);
  expect(told.map(({ reason }) => reason)).toContain('its checksum is wrong');
  // The tail stands behind the last entry, which can't be read, and goes on with the next.
  const tail = log.tail(new AbortController().signal)[Symbol.asyncIterator]();
  expect((await tail.next()).value).toEqual({ entries: [], position: ids[19] });
  const [next] = await log.append([event(1)]);
  expect(idsOf((await tail.next()).value?.entries ?? [])).toEqual([next]);
  await log.close();
  const pruned = new LmdbEventLog({ path, durability: 'os', maxEntries: 5, onDamagedEntry: () => undefined });
  await pruned.prune();
  expect((await pruned.stats()).entries).toBe(5);
  expect(idsOf(await readHeld(pruned))).toEqual([...ids.slice(-4, -1), next]);
  await pruned.close();
});

test('the event loop goes on while much is pruned', async () => {
  const path = temporaryDatabase();
  const log = new LmdbEventLog({ path, durability: 'os' });
  for (let n = 0; n < 6; n++) await log.append(events(0, 3_000, { data: 'x'.repeat(150) }));
  await log.close();
  const small = new LmdbEventLog({ path, durability: 'os', maxEntries: 100 });
  const pauses = watchPauses();
  await small.prune();
  // By the thread's own time: other programs' turns on a busy machine are not ours.
  const { longestOwnMs, turns } = pauses();
  expect((await small.stats()).entries).toBe(100);
  expect(turns).toBeGreaterThan(17);
  expect(longestOwnMs).toBeLessThan(50);
  await small.close();
});
