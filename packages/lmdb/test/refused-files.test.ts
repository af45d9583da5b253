import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { open } from 'lmdb';
import { beforeAll, expect, test } from 'vitest';
import { NAMES } from '../src/format.ts';
import { LmdbEventLog } from '../src/index.ts';
import { Child } from './child.ts';
import { events, readHeld } from './follow.ts';
import { temporaryDatabase } from './temporary-database.ts';

let good: string;

beforeAll(async () => {
  good = temporaryDatabase();
  const log = new LmdbEventLog({ path: good, durability: 'os' });
  for (let n = 0; n < 10; n++) await log.append(events(100 * n, 100 * (n + 1), { idempotencyKey: `k${n}` }));
  await log.append(events(0, 3_000, { key: 'k'.repeat(200) }));
  await log.close();
});

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A copy of a good database, spoilt. */
function spoilt(spoil: (bytes: Buffer) => Buffer): string {
  const path = temporaryDatabase();
  writeFileSync(path, spoil(readFileSync(good)));
  return path;
}

function withVersion(bytes: Buffer, version: number): Buffer {
  bytes.writeUInt32LE(version, 28);
  return bytes;
}

function databaseOfAnother(
  path: string,
  name: string,
  records: Readonly<Record<string, string>>,
): Promise<void> {
  const root = open({ path, noSubdir: true, overlappingSync: false });
  const database = root.openDB<Buffer, string>(name, { encoding: 'binary' });
  root.transactionSync(() => {
    for (const [key, value] of Object.entries(records)) void database.put(key, Buffer.from(value));
  });
  return root.close();
}

const later = JSON.stringify({ app: '@sse/lmdb', format: 2, epoch: 'abc' });

const FILES: Readonly<Record<string, readonly [make: () => string | Promise<string>, found: RegExp]>> = {
  'a text': [() => spoilt(() => Buffer.from('not a database\n'.repeat(1_000))), /no LMDB database/],
  'a file shorter than a page': [() => spoilt((bytes) => bytes.subarray(0, 20)), /no LMDB database/],
  'a file of zeros': [() => spoilt(() => Buffer.alloc(100_000)), /no LMDB database/],
  'the first page alone': [() => spoilt((bytes) => bytes.subarray(0, 4_096)), /damaged one: its second page/],
  'a database cut in the middle': [
    () => spoilt((bytes) => bytes.subarray(0, bytes.length >> 1)),
    /a damaged one: it ends before page \d+/,
  ],
  'a database that lacks its last tenth': [
    () => spoilt((bytes) => bytes.subarray(0, 4_096 * Math.floor((bytes.length * 0.9) / 4_096))),
    /a damaged one: it ends before page \d+/,
  ],
  'a database with pages of zeros': [
    () => spoilt((bytes) => bytes.fill(0, 8_192)),
    /a damaged one: page \d+ is not what it should be/,
  ],
  'an LMDB database of another data version': [
    () => spoilt((bytes) => withVersion(bytes, 1)),
    /data version 1 instead of 2/,
  ],
  'an LMDB database of another program': [
    async () => {
      const path = temporaryDatabase();
      await databaseOfAnother(path, 'users', { ann: '{}' });
      return path;
    },
    /another LMDB database/,
  ],
  'a log of a later format': [
    async () => {
      const path = temporaryDatabase();
      await databaseOfAnother(path, NAMES.meta, { format: later });
      return path;
    },
    /format 2, made by a later version/,
  ],
  'a folder': [
    () => {
      const path = temporaryDatabase();
      mkdirSync(path);
      return path;
    },
    /a folder/,
  ],
};

test.each(Object.keys(FILES))('%s is refused in one line that names it, and left as it is', async (name) => {
  const [make, found] = FILES[name] ?? [];
  const path = (await make?.()) ?? '';
  const isFile = !existsSync(join(path, '.'));
  const before = isFile ? hashOf(path) : undefined;
  const beside = readdirSync(dirname(path));
  let error: unknown;
  try {
    new LmdbEventLog({ path });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ name: 'SseError', code: 'invalid-option' });
  const { message } = error as Error;
  expect(message).toMatch(
    /^Expected `path` to be an event log of @sse\/lmdb in format 1, or a new file; found /,
  );
  expect(message).toMatch(found ?? /$^/);
  expect(message).toContain(path);
  expect(message).not.toContain('\n');
  expect(readdirSync(dirname(path))).toEqual(beside);
  if (isFile) expect(hashOf(path)).toBe(before);
});

test('a database that ends in free pages, which LMDB may leave away, is opened', async () => {
  const path = temporaryDatabase();
  const log = new LmdbEventLog({ path, durability: 'os', maxEntries: 10 });
  await log.append(events(0, 2_000));
  await log.prune();
  for (let n = 0; n < 20; n++) await log.append(events(n, n + 1));
  await log.close();
  const bytes = readFileSync(path);
  // As many whole pages from the end on as no tree has anything in.
  const reopened = new LmdbEventLog({ path, durability: 'os' });
  expect((await readHeld(reopened)).length).toBeGreaterThanOrEqual(10);
  await reopened.close();
  let size = bytes.length;
  for (; size > 8_192; size -= 4_096) {
    const cut = temporaryDatabase();
    writeFileSync(cut, bytes.subarray(0, size - 4_096));
    try {
      await new LmdbEventLog({ path: cut, durability: 'os' }).close();
    } catch {
      break;
    }
  }
  expect(size).toBeLessThan(bytes.length);
});

test('an empty file and a folder that is not there yet are a new log', async () => {
  const path = join(dirname(temporaryDatabase()), 'deep', 'er', 'events.lmdb');
  const log = new LmdbEventLog({ path });
  expect(await log.stats()).toEqual({ entries: 0, bytes: 0 });
  await log.close();
  const empty = temporaryDatabase();
  writeFileSync(empty, '');
  await new LmdbEventLog({ path: empty }).close();
});

test('a file that was open without flushes when the machine went down is refused', async () => {
  const path = temporaryDatabase();
  copyFileSync(good, path);
  writeFileSync(`${path}-unflushed-x`, JSON.stringify({ pid: 1, startedAt: '1', boot: 'of another day' }));
  expect(() => new LmdbEventLog({ path })).toThrow(/open with `durability: "os"` when the machine went down/);
  expect(hashOf(path)).toBe(hashOf(good));
});

const marksBeside = (path: string): readonly string[] =>
  readdirSync(dirname(path)).filter((name) => name.includes('-unflushed-'));

test('the mark of a file without flushes is there while it is open, and gone once it is closed', async () => {
  const path = temporaryDatabase();
  const options = { path, durability: 'os' } as const;
  const [one, two] = [new LmdbEventLog(options), new LmdbEventLog(options)];
  await one.close();
  expect(marksBeside(path)).toHaveLength(1);
  await two.close();
  expect(marksBeside(path)).toEqual([]);
});

test('the mark of a process that was killed is taken away by the next one, whose start flushes', async () => {
  const path = temporaryDatabase();
  for (const durability of ['disk', 'os'] as const) {
    const child = await Child.start();
    await child.call('append', await child.call('open', { path, durability: 'os' }), events(0, 10));
    await child.kill();
    expect(marksBeside(path)).toHaveLength(1);
    const log = new LmdbEventLog({ path, durability });
    expect(marksBeside(path)).toHaveLength(durability === 'os' ? 1 : 0);
    await log.close();
    expect(marksBeside(path)).toEqual([]);
  }
});
