import { SseError, sseErrorCode } from '@sse/core';
import { roomOnDisk, SPARE_BYTES } from './room.ts';

/** Below this, a write that failed is put down to the disk. */
const ROOM_BYTES = 2 * 1024 * 1024;

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
  const message = `${what} the event log in ${path} failed: ${roomOnDisk(path) < ROOM_BYTES ? 'the disk is full' : text}`;
  return new SseError('log-unavailable', message, { cause });
}

/** The same, where nothing was tried because the disk has no room for it. */
export function diskFull(path: string, what: string): SseError {
  return new SseError('log-unavailable', `${what} the event log in ${path} failed: the disk is full`);
}

/**
 * Makes sure that a transaction finds room, before it begins. LMDB writes its lock file through a memory map, and the
 * system ends a process that does so on a full disk; and where lmdb 3.5 can't write a page, it writes the message that
 * says so beyond its buffer, which ends the process, too.
 *
 * @throws SseError `log-unavailable` where the disk has no room.
 */
export function assertRoom(path: string, what = 'Opening', bytes: number = SPARE_BYTES): void {
  if (roomOnDisk(path) < bytes) throw diskFull(path, what);
}
