import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SseError, sseErrorCode } from '@sse/core';

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
  const message = `${what} the event log in ${path} failed: ${isFull(path) ? 'the disk is full' : text}`;
  return new SseError('log-unavailable', message, { cause });
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < ROOM_BYTES;
  } catch {
    return false;
  }
}
