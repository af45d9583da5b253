import type { Entry, EventId, EventLog, NewEvent } from '../event-log.ts';
import { assertLaw, assertSame, within } from './law.ts';

/** The nth event of a test. */
export const event = (n: number, rest: Partial<NewEvent> = {}): NewEvent => ({
  topic: 'law',
  data: `{"n":${n}}`,
  ...rest,
});
/** The events from the nth on to before another. */
export const events = (from: number, to: number): NewEvent[] =>
  Array.from({ length: to - from }, (_, index) => event(from + index));

export const idsOf = (entries: readonly Entry[]): EventId[] => entries.map(({ id }) => id);

/** Reads everything after `after`, page by page. */
export async function readAll(log: EventLog, after: EventId, limit: number): Promise<Entry[]> {
  const all: Entry[] = [];
  for (let cursor = after; ; ) {
    const page = await log.read(cursor, limit);
    assertSame(page.kind, 'page', `read after ${cursor}`);
    assertLaw(page.entries.length <= limit, `read with limit ${limit} gave ${page.entries.length} entries`);
    const last = page.entries.at(-1);
    if (last === undefined) return all;
    all.push(...page.entries);
    cursor = last.id;
  }
}

/** An open tail. */
export interface Follower {
  /** The position of the first batch. */
  readonly start: EventId;
  /** Waits until `count` entries have come in all. */
  entries(count: number): Promise<readonly Entry[]>;
  stop(): Promise<void>;
}

/** Opens a tail and waits for its first batch. */
export async function follow(log: EventLog, timeoutMs: number): Promise<Follower> {
  const abort = new AbortController();
  const iterator = log.tail(abort.signal)[Symbol.asyncIterator]();
  const first = await within(timeoutMs, iterator.next(), 'the first batch of a tail');
  assertLaw(first.done !== true, 'a tail ended instead of saying where it stands');
  assertSame(first.value.entries, [], 'entries of the first batch');
  const got: Entry[] = [];
  return {
    start: first.value.position,
    async entries(count) {
      while (got.length < count) {
        const next = await within(
          timeoutMs,
          iterator.next(),
          `entry ${got.length + 1} of ${count} by the tail`,
        );
        assertLaw(next.done !== true, `a tail ended after ${got.length} of ${count} entries`);
        got.push(...next.value.entries);
        const last = next.value.entries.at(-1);
        if (last !== undefined) assertSame(next.value.position, last.id, 'position of a batch');
      }
      return got;
    },
    async stop() {
      abort.abort();
      const end = await within(timeoutMs, iterator.next(), 'the end of an aborted tail');
      assertSame(end.done, true, 'an aborted tail has ended');
    },
  };
}
