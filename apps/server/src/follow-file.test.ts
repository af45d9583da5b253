import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { followFile } from './follow-file.ts';

const WAIT = { timeout: 5_000, interval: 5 };
const hasProc = readdirSync('/').includes('proc');
let folder = '';
let path = '';
let lines: string[] = [];
let problems: string[] = [];
let ended: Promise<void> | undefined;
let opened = 0;
let controller = new AbortController();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'follow-file-'));
  path = join(folder, 'app.log');
  lines = [];
  problems = [];
  opened = 0;
  controller = new AbortController();
});

afterEach(async () => {
  controller.abort();
  await ended;
  if (hasProc) expect(openFiles()).toEqual([]);
  rmSync(folder, { recursive: true });
});

/** The files of this test's folder that the process holds open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return []; // the descriptor of the listing itself
    }
  });
}

/** Begins to follow, and settles after the first look: what is written from then on is new. */
async function follow(options: { maxPollBytes?: number } = {}): Promise<void> {
  const follower = followFile(path, {
    signal: controller.signal,
    pollMs: 5,
    onOpen: () => opened++,
    onProblem: (problem) => problems.push(problem.message),
    ...options,
  });
  ended = (async () => {
    for await (const line of follower) lines.push(line);
  })();
  if (!controller.signal.aborted) await vi.waitFor(() => expect(opened + problems.length).toBe(1), WAIT);
}

async function openedTimes(count: number): Promise<void> {
  await vi.waitFor(() => expect(opened).toBe(count), WAIT);
}

async function seen(...expected: string[]): Promise<void> {
  await vi.waitFor(() => expect(lines).toEqual(expected), WAIT);
}

describe('a file that is there', () => {
  test('is followed from its end, each whole line once', async () => {
    writeFileSync(path, 'old\n');
    await follow();
    appendFileSync(path, 'one\ntw');
    await seen('one');
    appendFileSync(path, 'o\r\nthree\n');
    await seen('one', 'two', 'three');
  });

  test('gives a line whole that was being written at the start', async () => {
    writeFileSync(path, 'old\nhalf a ');
    await follow();
    appendFileSync(path, 'line\n');
    await seen('half a line');
  });

  test('keeps characters whole that come in pieces', async () => {
    writeFileSync(path, '');
    await follow();
    const bytes = Buffer.from('ä€🎉\n');
    for (const byte of bytes) appendFileSync(path, Uint8Array.of(byte));
    await seen('ä€🎉');
  });

  test('gives every line of a burst that is larger than one look', async () => {
    writeFileSync(path, '');
    await follow({ maxPollBytes: 20_000 });
    const burst = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    appendFileSync(path, `${burst.join('\n')}\n`);
    await seen(...burst);
  });
});

describe('a file that is missing', () => {
  test('is read from its beginning once it comes', async () => {
    await follow();
    expect(problems).toEqual([expect.stringContaining('ENOENT')]);
    writeFileSync(path, 'one\ntwo\n');
    await seen('one', 'two');
    expect(problems).toHaveLength(1);
  });

  test('in the middle is followed again when it is created anew', async () => {
    writeFileSync(path, '');
    await follow();
    appendFileSync(path, 'one\n');
    await seen('one');
    rmSync(path);
    await vi.waitFor(() => expect(problems).toEqual([expect.stringContaining('ENOENT')]), WAIT);
    writeFileSync(path, 'two\n');
    await seen('one', 'two');
    appendFileSync(path, 'three\n');
    await seen('one', 'two', 'three');
  });
});

describe('a rotation', () => {
  test('by rename finishes the old file first', async () => {
    writeFileSync(path, '');
    await follow();
    appendFileSync(path, 'one\n');
    await seen('one');
    appendFileSync(path, 'two\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'four\n');
    appendFileSync(`${path}.1`, 'three');
    await seen('one', 'two', 'three', 'four');
    appendFileSync(path, 'five\n');
    await seen('one', 'two', 'three', 'four', 'five');
  });

  test('by rename keeps reading the old file until there is a new one', async () => {
    writeFileSync(path, '');
    await follow();
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'one\n');
    await seen('one');
    writeFileSync(path, 'two\n');
    await seen('one', 'two');
  });

  test('many times over loses and repeats nothing', async () => {
    writeFileSync(path, '');
    await follow();
    const expected: string[] = [];
    for (let round = 0; round < 10; round++) {
      expected.push(`${round} a`, `${round} b`);
      appendFileSync(path, `${round} a\n${round} b\n`);
      renameSync(path, `${path}.${round}`);
      writeFileSync(path, '');
      await seen(...expected);
      // The next rename may come only once the new file is held; two in a row are more than anybody can follow.
      await openedTimes(round + 2);
    }
    expect(lines).toEqual(expected);
  });

  test('by truncation starts at the beginning again', async () => {
    writeFileSync(path, '');
    await follow();
    appendFileSync(path, 'a long line of before\n');
    await seen('a long line of before');
    truncateSync(path, 0);
    appendFileSync(path, 'short\n');
    await seen('a long line of before', 'short');
  });
});

describe('a file that cannot be followed', () => {
  test('is a problem that is told once, and over when a regular file takes its place', async () => {
    mkdirSync(path);
    await follow();
    expect(problems).toEqual([expect.stringContaining('Expected a regular file')]);
    rmSync(path, { recursive: true });
    writeFileSync(join(folder, 'staged'), 'old\n');
    renameSync(join(folder, 'staged'), path);
    await openedTimes(1);
    appendFileSync(path, 'one\n');
    await vi.waitFor(() => expect(lines.at(-1)).toBe('one'), WAIT);
    expect(problems).toHaveLength(1);
  });

  test.skipIf(process.getuid?.() === 0)('for want of rights is a problem', async () => {
    writeFileSync(path, 'secret\n');
    chmodSync(path, 0);
    await follow();
    expect(problems).toEqual([expect.stringContaining('EACCES')]);
  });
});

test('a slow consumer leaves the lines in the file', async () => {
  writeFileSync(path, '');
  const follower = followFile(path, { signal: controller.signal, pollMs: 5, onOpen: () => opened++ });
  const first = follower.next();
  await openedTimes(1);
  appendFileSync(path, 'one\n');
  expect(await first).toEqual({ done: false, value: 'one' });
  appendFileSync(path, 'two\nthree\n');
  expect((await follower.next()).value).toBe('two');
  expect((await follower.next()).value).toBe('three');
  controller.abort();
  expect((await follower.next()).done).toBe(true);
});

test('a follower that is aborted from the start opens nothing', async () => {
  writeFileSync(path, 'one\n');
  controller.abort();
  await follow();
  await ended;
  expect(lines).toEqual([]);
});
