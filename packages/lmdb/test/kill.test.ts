import { spawnSync } from 'node:child_process';
import type { EventId } from '@sse/core';
import { expect, test, vi } from 'vitest';
import { LmdbEventLog } from '../src/index.ts';
import { inspectFile } from '../src/inspect-file.ts';
import { Child, programOf } from './child.ts';
import { event, idsOf, readHeld } from './follow.ts';
import { temporaryDatabase } from './temporary-database.ts';

const seqOf = (id: EventId): number => Number(id.slice(id.indexOf('-') + 1));
const epochOf = (id: EventId): string => id.slice(0, id.indexOf('-'));

const ROUNDS = process.env['LONG'] === undefined ? 2 : 40;

for (const durability of ['disk', 'os'] as const) {
  test(`after kill -9 in a storm every acknowledged entry is there and the ids go on, on the ${durability}`, async () => {
    const path = temporaryDatabase();
    const acknowledged: EventId[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const child = await Child.start();
      const log = await child.call('open', { path, durability, maxEntries: 1_000_000 });
      await child.call('storm', log, 8);
      await vi.waitFor(() => expect(child.acknowledged.length).toBeGreaterThan(50 + 37 * round), {
        timeout: 10_000,
        interval: 3,
      });
      await child.kill();
      acknowledged.push(...child.acknowledged);
    }
    const log = new LmdbEventLog({ path, durability, maxEntries: 1_000_000 });
    const held = idsOf(await readHeld(log));
    const isHeld = new Set(held);
    expect(acknowledged.filter((id) => !isHeld.has(id))).toEqual([]);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(new Set(held.map(epochOf)).size).toBe(1);
    expect(held.map(seqOf)).toEqual(held.map((_, index) => index + 1));
    const [next = ''] = await log.append([event(1)]);
    expect([epochOf(next), seqOf(next)]).toEqual([epochOf(held[0] ?? ''), held.length + 1]);
    await log.close();
  }, 120_000);
}

test('a process that is killed while another has the database open holds up nobody', async () => {
  const path = temporaryDatabase();
  const log = new LmdbEventLog({ path, durability: 'os' });
  const child = await Child.start();
  await child.call('storm', await child.call('open', { path, durability: 'os' }), 8);
  await vi.waitFor(() => expect(child.acknowledged.length).toBeGreaterThan(100), { interval: 3 });
  await child.kill();
  const [id = ''] = await log.append([event(1)]);
  const held = idsOf(await readHeld(log));
  expect(held.at(-1)).toBe(id);
  expect(child.acknowledged.filter((one) => !held.includes(one))).toEqual([]);
  await log.close();
});

test('a program that exits while appends are under way ends', async () => {
  const path = temporaryDatabase();
  const program = await programOf('exit-main');
  for (let round = 0; round < 2; round++) {
    const { status, signal, stderr } = spawnSync(process.execPath, [program, path], { timeout: 10_000 });
    expect([status, signal, String(stderr)]).toEqual([7, null, '']);
  }
  const log = new LmdbEventLog({ path });
  await log.append([event(1)]);
  await log.close();
});

test('a file that another process writes to at the same time is never taken for a damaged one', async () => {
  const path = temporaryDatabase();
  const child = await Child.start();
  const log = await child.call('open', { path, durability: 'os', maxEntries: 50 });
  await child.call('storm', log, 8);
  await vi.waitFor(() => expect(child.acknowledged.length).toBeGreaterThan(100), { interval: 3 });
  const before = child.acknowledged.length;
  const startedAt = performance.now();
  while (performance.now() - startedAt < 500) for (let n = 0; n < 20; n++) inspectFile(path);
  await vi.waitFor(() => expect(child.acknowledged.length).toBeGreaterThan(before), { interval: 3 });
  await child.kill();
});
