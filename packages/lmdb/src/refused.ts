import { SseError } from '@sse/core';
import { FORMAT } from './format.ts';

const EVENT_LOG = `an event log of @sse/lmdb in format ${FORMAT}`;

/** The one clear line. */
export function refused(
  path: string,
  found: string,
  cause?: unknown,
  expected: string = EVENT_LOG,
): SseError {
  const message = `Expected \`path\` to be ${expected}, or a new file; found ${found}, in ${path}, and left it as it is`;
  return new SseError('invalid-option', message, cause === undefined ? undefined : { cause });
}
