import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { LmdbEventLog } from '../src/index.ts';
import { events, idsOf, readHeld } from './follow.ts';

const folder = mkdtempSync(join(tmpdir(), 'sse-lmdb-full-'));

/** A disk of its own that is soon full needs the right to mount one. */
function mount(options: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const canMount = mount('size=3m');
const resize = (size: string): unknown => execFileSync('mount', ['-o', `remount,size=${size}`, folder]);

afterAll(() => {
  if (canMount) execFileSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!canMount)('on a disk of 3 MiB, where this machine lets us mount one', () => {
  /** What lmdb says of each commit that it tried in vain. Its way of saying so may end the process. */
  const printed = vi.spyOn(console, 'error');
  afterEach(() => {
    resize('3m');
    expect(printed).not.toHaveBeenCalled();
  });

  test.each(['disk', 'os'] as const)(
    'a full disk refuses appends, loses nothing, and takes them again once there is room (durability %s)',
    async (durability) => {
      const path = join(folder, `${durability}.lmdb`);
      const log = new LmdbEventLog({ path, durability });
      const acknowledged: string[] = [];
      let refused: unknown;
      for (let n = 0; n < 200 && refused === undefined; n++) {
        const batches = [0, 1, 2].map(() => log.append(events(0, 20, { data: 'x'.repeat(1_000) })));
        for (const answer of await Promise.allSettled(batches)) {
          if (answer.status === 'fulfilled') acknowledged.push(...answer.value);
          else refused = answer.reason;
        }
      }
      expect(refused).toMatchObject({
        code: 'log-unavailable',
        message: `Writing to the event log in ${path} failed: the disk is full`,
      });
      expect(acknowledged.length).toBeGreaterThan(500);
      expect(idsOf(await readHeld(log))).toEqual(acknowledged);
      await expect(log.append(events(0, 2_000, { data: 'x'.repeat(1_000) }))).rejects.toMatchObject({
        code: 'log-unavailable',
      });
      resize('12m');
      acknowledged.push(...(await log.append(events(0, 20, { data: 'x'.repeat(1_000) }))));
      await log.close();
      const again = new LmdbEventLog({ path, durability });
      expect(idsOf(await readHeld(again))).toEqual(acknowledged);
      await again.close();
      rmSync(path);
    },
  );

  test('a full disk is made room on by pruning, within the file', async () => {
    const path = join(folder, 'pruned.lmdb');
    resize('6m');
    const log = new LmdbEventLog({ path, durability: 'os', maxBytes: 700_000 });
    let last: readonly string[] = [];
    // Ten times as much as there is room for.
    for (let n = 0; n < 600; n++) {
      last = await log.append(events(0, 100, { data: 'x'.repeat(1_000) })).catch(() => []);
      if (n % 5 === 4) await log.prune();
    }
    expect(last).toHaveLength(100);
    await log.close();
    rmSync(path);
  });

  test('on a disk that others have filled, a history that is at its bound goes on within its file', async () => {
    const path = join(folder, 'steady.lmdb');
    resize('12m');
    const log = new LmdbEventLog({ path, durability: 'os', maxBytes: 300_000 });
    const batch = events(0, 10, { data: 'x'.repeat(1_000) });
    // All at once: pruning in between would keep the file too small to hold the reserve.
    await Promise.all(Array.from({ length: 300 }, () => log.append(batch)));
    await log.prune();
    const filler = join(folder, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(16 * 1024 * 1024))).toThrow('ENOSPC');
    for (let n = 0; n < 200; n++) {
      expect(await log.append(batch)).toHaveLength(10);
      if (n % 20 === 19) await log.prune();
    }
    await log.close();
    rmSync(filler);
    rmSync(path);
  });

  test('a disk that is full at the start is named', async () => {
    const filler = join(folder, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024))).toThrow('ENOSPC');
    const path = join(folder, 'new.lmdb');
    expect(() => new LmdbEventLog({ path })).toThrow(
      `Opening the event log in ${path} failed: the disk is full`,
    );
    rmSync(filler);
    const log = new LmdbEventLog({ path });
    expect(await log.append(events(0, 1))).toHaveLength(1);
    await log.close();
  });
});
