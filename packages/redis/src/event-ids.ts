import type { EventId } from '@sse/core';

const NUMBER = '(0|[1-9][0-9]{0,19})';
const ID = new RegExp(`^${NUMBER}-${NUMBER}$`);
/** The largest number that either half of a stream id may be: 2^64 - 1. Redis refuses what is beyond. */
const LARGEST = '18446744073709551615';

/** Negative, zero or positive; by digits, because half of what 64 bits hold is no safe integer. */
function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** Untrusted text as the id of a stream's entry, or `undefined` where Redis would refuse it. */
export function parseStreamId(text: string): EventId | undefined {
  const match = ID.exec(text);
  if (match === null) return undefined;
  return match.slice(1).every((half) => compareNumbers(half, LARGEST) <= 0) ? text : undefined;
}

/** Negative, zero or positive, as `a` stands before, at or after `b` in a stream. */
export function compareStreamIds(a: EventId, b: EventId): number {
  const [atA, atB] = [a.indexOf('-'), b.indexOf('-')];
  return (
    compareNumbers(a.slice(0, atA), b.slice(0, atB)) || compareNumbers(a.slice(atA + 1), b.slice(atB + 1))
  );
}

/** When Redis gave this id, milliseconds since 1970 by its clock. */
export function timeOfStreamId(id: EventId): number {
  return Number(id.slice(0, id.indexOf('-')));
}
