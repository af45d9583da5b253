import { SseError } from '@sse/core';
import { describe } from './checks.ts';

const PREFIX = /^[A-Za-z0-9_.:-]{1,64}$/;

/** The keys of one log. All have the same hash tag, and so are in one slot of a cluster. */
export interface LogKeys {
  /** The stream. */
  readonly events: string;
  /** A hash: `epoch`, made with the log and lost with it; `born`, its time; `last`, the newest id ever given. */
  readonly head: string;
  /** A hash: idempotency key to id. */
  readonly keys: string;
  /** A list of `<id> <idempotency key>`, the oldest first: what to forget next. */
  readonly queue: string;
  /** Where the names of the keys of a presence begin. */
  readonly presence: string;
  /** Where the names of the keys of authorisation begin. */
  readonly auth: string;
}

/**
 * The keys under `prefix`.
 *
 * @throws SseError `invalid-option` for a prefix that is not 1 to 64 of `A-Z a-z 0-9 _ . : -`. A brace would move the
 *   hash tag, and with it the keys to different slots.
 */
export function logKeys(prefix: string): LogKeys {
  if (typeof prefix !== 'string' || !PREFIX.test(prefix))
    throw new SseError(
      'invalid-option',
      `Expected \`prefix\` to be 1 to 64 characters of A-Z a-z 0-9 _ . : -, got ${describe(prefix)}`,
    );
  const key = (name: string): string => `{${prefix}}:${name}`;
  return {
    events: key('events'),
    head: key('head'),
    keys: key('keys'),
    queue: key('queue'),
    presence: key('presence'),
    auth: key('auth'),
  };
}
