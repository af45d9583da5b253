import { describe, expect, test } from 'vitest';
import type { EventId, EventLog, LogPage, NewEvent, TailBatch } from '../src/event-log.ts';
import { MemoryEventLog } from '../src/memory-event-log.ts';
import { type EventLogFixture, eventLogLaws } from '../src/testing.ts';

const memory: EventLogFixture = {
  create: ({ maxEntries }) => Promise.resolve(new MemoryEventLog({ maxEntries })),
  timeoutMs: 500,
};

describe('the memory log keeps the laws of every log', () => {
  for (const law of eventLogLaws) test(law.name, () => law.check(memory));
});

/** A memory log with one thing done wrong. */
type Mutation = (log: EventLog) => Partial<EventLog>;

async function* mapTail(
  tail: AsyncIterable<TailBatch>,
  change: (batch: TailBatch) => TailBatch,
): AsyncGenerator<TailBatch> {
  for await (const batch of tail) yield change(batch);
}

const mutants: Readonly<Record<string, Mutation>> = {
  'a page begins one entry late': (log) => ({
    read: async (after: EventId, limit: number): Promise<LogPage> => {
      const page = await log.read(after, limit);
      return page.kind === 'page' ? { ...page, entries: page.entries.slice(1) } : page;
    },
  }),
  'a page is longer than its limit': (log) => ({
    read: (after: EventId, limit: number) => log.read(after, limit + 1),
  }),
  'a gap is answered as a page': (log) => ({
    read: async (after: EventId, limit: number): Promise<LogPage> => ({
      kind: 'page',
      entries: (await log.read(after, limit)).entries,
    }),
  }),
  'a gap does not say what is still there': (log) => ({
    read: async (after: EventId, limit: number): Promise<LogPage> => {
      const page = await log.read(after, limit);
      return page.kind === 'gap' ? { ...page, entries: [] } : page;
    },
  }),
  'the newest id answers gap': (log) => ({
    read: async (after: EventId, limit: number): Promise<LogPage> => {
      const page = await log.read(after, limit);
      return page.entries.length === 0 ? { kind: 'gap', reason: 'unknown', entries: [] } : page;
    },
  }),
  'an append is acknowledged and lost': (log) => ({
    append: async (events: readonly NewEvent[]) => {
      const ids = await log.append(events.slice(0, 19));
      return events.length > 19 ? [...ids, ...ids] : ids;
    },
  }),
  'events are appended in reverse': (log) => ({
    append: (events: readonly NewEvent[]) => log.append([...events].reverse()),
  }),
  'the idempotency key is ignored': (log) => ({
    append: (events: readonly NewEvent[]) => log.append(events.map(({ idempotencyKey: _, ...rest }) => rest)),
  }),
  'the event name is forgotten': (log) => ({
    append: (events: readonly NewEvent[]) => log.append(events.map(({ event: _, ...rest }) => rest)),
  }),
  'the tail repeats an entry': (log) => ({
    tail: (signal: AbortSignal) =>
      mapTail(log.tail(signal), (batch) => ({
        ...batch,
        entries: [...batch.entries, ...batch.entries.slice(-1)],
      })),
  }),
  'the tail drops an entry': (log) => ({
    tail: (signal: AbortSignal) =>
      mapTail(log.tail(signal), (batch) => ({
        ...batch,
        entries: batch.entries.length > 1 ? batch.entries.slice(1) : batch.entries,
      })),
  }),
  'the tail swaps two entries': (log) => ({
    tail: (signal: AbortSignal) =>
      mapTail(log.tail(signal), (b) => ({ ...b, entries: [...b.entries].reverse() })),
  }),
  'the tail does not say where it begins': (log) => ({
    tail: (signal: AbortSignal) =>
      mapTail(log.tail(signal), (b) => (b.entries.length === 0 ? { ...b, position: 'aaaaaaaa-0' } : b)),
  }),
  'compare turns the order round': (log) => ({ compare: (a: EventId, b: EventId) => log.compare(b, a) }),
  'parseId takes anything': () => ({ parseId: (text: string) => text }),
  'a closed log goes on': () => ({ close: () => Promise.resolve() }),
  'stats count wrongly': (log) => ({ stats: async () => ({ ...(await log.stats()), entries: 4 }) }),
};

function mutate(log: EventLog, mutation: Mutation): EventLog {
  const mutant = mutation(log);
  return new Proxy(log, {
    get: (target, name) => {
      const own = mutant[name as keyof EventLog];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('each law of logs can fail', () => {
  for (const [fault, mutation] of Object.entries(mutants)) {
    test(`a log in which ${fault} is caught`, async () => {
      const create: EventLogFixture['create'] = async (options) =>
        mutate(await memory.create(options), mutation);
      const verdicts = await Promise.allSettled(
        eventLogLaws.map((law) => law.check({ create, timeoutMs: 100 })),
      );
      expect(verdicts.filter(({ status }) => status === 'rejected')).not.toHaveLength(0);
    });
  }
});
