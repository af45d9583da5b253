import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bootId, isRunning, isSameBoot, type ProcessIdentity, thisProcess } from './process-identity.ts';
import { refused } from './refused.ts';

interface Mark extends ProcessIdentity {
  readonly boot: string;
}

/**
 * A file beside the database, one for each process that writes to it without flushes, for as long as it does. Found
 * after a restart of the machine, it says that the database may lack what the operating system had not written yet, in
 * any of its parts.
 */
const startOf = (path: string): string => `${basename(path)}-unflushed-`;

function marksOf(path: string): readonly string[] {
  try {
    const names = readdirSync(dirname(path)).filter((name) => name.startsWith(startOf(path)));
    return names.map((name) => join(dirname(path), name));
  } catch {
    return [];
  }
}

function readMark(file: string): Partial<Mark> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Mark>;
  } catch {
    return {}; // gone meanwhile, or written by halves
  }
}

/** @throws SseError `invalid-option` where the machine went down while the database was open with durability `os`. */
export function assertFlushed(path: string): void {
  const boot = bootId();
  for (const file of marksOf(path)) {
    const mark = readMark(file);
    if (mark.boot === undefined || isSameBoot(mark.boot, boot)) continue;
    throw refused(
      path,
      `one that was open with \`durability: "os"\` when the machine went down, and may be torn (see ${file})`,
    );
  }
}

/** Answers what takes the mark away again; to be called once all is flushed. */
export function markUnflushed(path: string, id: string): () => void {
  const name = join(dirname(path), startOf(path) + id);
  const file = openSync(name, 'w', 0o600);
  writeSync(file, JSON.stringify({ ...thisProcess(), boot: bootId() } satisfies Mark));
  fsyncSync(file);
  closeSync(file);
  return () => rmSync(name, { force: true });
}

/** Removes the marks of processes that were killed; to be called once all is flushed, or under a mark of one's own. */
export function removeDeadMarks(path: string): void {
  for (const file of marksOf(path)) {
    const { pid, startedAt } = readMark(file);
    if (pid === undefined || startedAt === undefined || !isRunning({ pid, startedAt }))
      rmSync(file, { force: true });
  }
}
