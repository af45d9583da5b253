import { SseError } from '@sse/core';

/**
 * A count, or 0 for none, which it also is where it is absent.
 *
 * @throws SseError `invalid-option` for anything else.
 */
export function checkCountOrNone(name: string, value: unknown = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new SseError(
    'invalid-option',
    `Expected \`${name}\` to be a positive integer, or 0 for no limit, got \`${String(value)}\``,
  );
}
