import { SseError } from '@sse/core';
import { FORMAT } from './format.ts';

const EXPECTED = `an event log of @sse/lmdb in format ${FORMAT}`;

/** The one clear line. */
export function refused(path: string, found: string, cause?: unknown): SseError {
  const message = `Expected \`path\` to be ${EXPECTED}, or a new file; found ${found}, in ${path}, and left it as it is`;
  return new SseError('invalid-option', message, cause === undefined ? undefined : { cause });
}
