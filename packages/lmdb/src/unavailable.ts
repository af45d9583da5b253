import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SseError, sseErrorCode } from '@sse/core';

/** Below this, a write that failed is put down to the disk. */
const ROOM_BYTES = 2 * 1024 * 1024;
/** What opening may write. */
const START_BYTES = 256 * 1024;

/** What LMDB threw, as an error of ours that says which database, what could not be done, and whether the disk is full. */
export async function unavailable(path: string, what: string, cause: unknown): Promise<SseError> {
  if (sseErrorCode(cause) !== undefined) return cause as SseError;
  // lmdb gives the reason apart, and would leave it unhandled.
  const { commitError } = cause as { readonly commitError?: Promise<never> };
  const reason: unknown =
    commitError === undefined ? cause : await commitError.catch((error: unknown) => error);
  return notOpened(path, reason, what);
}

/** The same, for what is thrown at once. */
export function notOpened(path: string, cause: unknown, what = 'Opening'): SseError {
  if (sseErrorCode(cause) !== undefined) return cause as SseError;
  const text = cause instanceof Error ? cause.message : String(cause);
  const message = `${what} the event log in ${path} failed: ${isFull(path) ? 'the disk is full' : text}`;
  return new SseError('log-unavailable', message, { cause });
}

/**
 * @throws SseError `log-unavailable` where the disk has no room for the first pages. LMDB writes its lock file through a
 * memory map, and the system ends a process that does so on a full disk.
 */
export function assertRoom(path: string): void {
  if (isFull(path, START_BYTES)) throw notOpened(path, 'no room');
}

function isFull(path: string, bytes = ROOM_BYTES): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < bytes;
  } catch {
    return false;
  }
}
