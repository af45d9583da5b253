import { statSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { LmdbEventLog } from '../src/index.ts';
import { events, idsOf } from '../test/follow.ts';
import { temporaryDatabase } from '../test/temporary-database.ts';
import { type Pauses, report, watchPauses } from './figures.ts';

const COUNT = 1_000_000;
let path: string;
let newest: string;

beforeAll(async () => {
  path = temporaryDatabase();
  const log = new LmdbEventLog({ path, durability: 'os', maxEntries: 2 * COUNT, maxBytes: 2 ** 40 });
  const startedAt = performance.now();
  for (let n = 0; n < COUNT; n += 2_000)
    newest = (await log.append(events(n, n + 2_000, { data: 'x'.repeat(150) }))).at(-1) ?? '';
  report(`a million entries appended in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  await log.close();
  report(`their file has ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`);
});

test('a log with a million entries opens in under a second', async () => {
  const times: number[] = [];
  for (let run = 0; run < 5; run++) {
    const startedAt = performance.now();
    const log = new LmdbEventLog({ path, maxEntries: 2 * COUNT, maxBytes: 2 ** 40 });
    expect((await log.stats()).entries).toBe(COUNT);
    times.push(performance.now() - startedAt);
    await log.close();
  }
  report(
    `open and first answer with a million entries: ${times.map((time) => time.toFixed(1)).join(', ')} ms`,
  );
  expect(Math.max(...times)).toBeLessThan(1_000);
});

test('reading in the middle of a million entries takes no longer than elsewhere', async () => {
  const log = new LmdbEventLog({ path, maxEntries: 2 * COUNT, maxBytes: 2 ** 40 });
  const startedAt = performance.now();
  for (let seq = 0; seq < COUNT; seq += 1_000) {
    const page = await log.read(newest.replace(/\d+$/, String(seq)), 100);
    expect(idsOf(page.entries)).toHaveLength(100);
  }
  report(`read of 100 entries: ${((performance.now() - startedAt) / 1_000).toFixed(3)} ms`);
  await log.close();
});

test('pruning a million entries never holds the event loop up for long', async () => {
  const idle = watchPauses();
  await new Promise((resolve) => {
    setTimeout(resolve, 3_000);
  });
  report(`longest turn of this machine without any work: ${show(idle())}`);
  for (const durability of ['os', 'disk'] as const) {
    const log = new LmdbEventLog({ path, durability, maxEntries: durability === 'os' ? COUNT / 2 : 1_000 });
    const pauses = watchPauses();
    const startedAt = performance.now();
    await log.prune();
    const turns = pauses();
    const seconds = (performance.now() - startedAt) / 1_000;
    report(`pruned half a million in ${seconds.toFixed(1)} s (${durability}); longest turn: ${show(turns)}`);
    expect(turns.longestOwnMs).toBeLessThan(50);
    await log.close();
  }
});

const show = ({ longestMs, longestOwnMs }: Pauses): string =>
  `${longestMs.toFixed(1)} ms, of which ${longestOwnMs.toFixed(1)} ms at the most were its own`;
