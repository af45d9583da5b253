import type { Entry, EventId, EventLog, NewEvent } from '@sse/core';

/** The nth event of a test. */
export const event = (n: number, rest: Partial<NewEvent> = {}): NewEvent => ({
  topic: 'test',
  data: `{"n":${n}}`,
  ...rest,
});

export const events = (from: number, to: number, rest: Partial<NewEvent> = {}): NewEvent[] =>
  Array.from({ length: to - from }, (_, index) => event(from + index, rest));

export const idsOf = (entries: readonly Entry[]): EventId[] => entries.map(({ id }) => id);

/** Where a log stands now. */
export async function positionOf(log: EventLog): Promise<EventId> {
  const abort = new AbortController();
  const first = await log.tail(abort.signal)[Symbol.asyncIterator]().next();
  abort.abort();
  return (first.value as { position: EventId }).position;
}

/** All entries that a log holds, oldest first. */
export async function readHeld(log: EventLog, pageSize = 1_000): Promise<Entry[]> {
  const first = await log.read('none-0', pageSize);
  const entries = [...first.entries];
  for (;;) {
    const last = entries.at(-1);
    if (last === undefined) return entries;
    const page = await log.read(last.id, pageSize);
    if (page.kind === 'gap') throw new Error(`a gap after ${last.id}`);
    if (page.entries.length === 0) return entries;
    entries.push(...page.entries);
  }
}
