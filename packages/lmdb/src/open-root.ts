import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { inspectFile } from './inspect-file.ts';
import type { Durability } from './options.ts';
import { assertRoom, notOpened } from './unavailable.ts';
import { assertFlushed } from './unflushed-mark.ts';

/** A new file is on the disk only once its folder says so. Windows has no such thing. */
export function flushFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/**
 * Opens the file, if it is one of ours or not there yet.
 *
 * @throws SseError `invalid-option` where it is not ours to use, `log-unavailable` where it can't be opened.
 */
export function openRoot(path: string, durability: Durability): RootDatabase<Buffer, string> {
  inspectFile(path);
  assertFlushed(path);
  assertRoom(path);
  try {
    const options: RootDatabaseOptionsWithPath & { readonly permissionsMode: number } = {
      path,
      // Events are nobody else's business.
      permissionsMode: 0o600,
      noSubdir: true,
      encoding: 'binary',
      maxDbs: 8,
      // A commit is flushed, then seen: what a tail has shown can't be lost any more, and its id never comes twice.
      overlappingSync: false,
      noSync: durability === 'os',
      // Where a commit fails, batches of lmdb's own reject promises that nobody can have; Node then ends the process.
      eventTurnBatching: false,
    };
    return open<Buffer, string>(options);
  } catch (error) {
    throw notOpened(path, error);
  }
}
