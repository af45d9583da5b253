import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { refused } from './inspect-file.ts';
import { bootId, isSameBoot } from './process-identity.ts';

/**
 * A file beside the database that is there while it is open without flushes. Found after a restart of the machine, it
 * says that the database may lack what the operating system had not written yet, in any of its parts.
 */
const markOf = (path: string): string => `${path}-unflushed`;

/** @throws SseError `invalid-option` where the machine went down while the database was open with durability `os`. */
export function assertFlushed(path: string): void {
  let mark: string;
  try {
    mark = readFileSync(markOf(path), 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw refused(path, `no way to read ${markOf(path)}`, error);
  }
  if (isSameBoot(mark, bootId())) return;
  throw refused(
    path,
    'one that was open with `durability: "os"` when the machine went down, and may be torn',
  );
}

export function markUnflushed(path: string): void {
  const file = openSync(markOf(path), 'w');
  writeSync(file, bootId());
  fsyncSync(file);
  closeSync(file);
}

export function markFlushed(path: string): void {
  rmSync(markOf(path), { force: true });
}
