import type { EventLog } from '@sse/core';
import { type EventLogFixture, eventLogLaws } from '@sse/core/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { AppendQueue } from '../src/append-queue.ts';
import { Connection } from '../src/connection.ts';
import { LmdbEventLog } from '../src/index.ts';
import { Reader } from '../src/reader.ts';
import type { State } from '../src/state.ts';
import { Tail } from '../src/tail.ts';
import { temporaryDatabase } from './temporary-database.ts';

const paths = new WeakMap<EventLog, string>();

const fixture: EventLogFixture = {
  create: ({ maxEntries }) => {
    const path = temporaryDatabase();
    const log = new LmdbEventLog({ path, durability: 'os', maxEntries });
    paths.set(log, path);
    return Promise.resolve(log);
  },
  peer: (log) => Promise.resolve(new LmdbEventLog({ path: paths.get(log) ?? '', durability: 'os' })),
  prune: (log) => (log as LmdbEventLog).prune(),
  timeoutMs: 300,
};

/** Each puts one part of the log out of order. */
const mutants: Readonly<Record<string, () => unknown>> = {
  'a page begins one entry late': () => {
    const { after } = Reader.prototype;
    vi.spyOn(Reader.prototype, 'after').mockImplementation(function (this: Reader, seq, limit) {
      return after.call(this, seq + 1, limit);
    });
  },
  'an acknowledgement does not wait for the transaction': () =>
    vi.spyOn(AppendQueue.prototype, 'append').mockResolvedValue(['aaaaaaaaaa-1']),
  'a repeated key is taken for a new one': () => {
    const { append } = AppendQueue.prototype;
    vi.spyOn(AppendQueue.prototype, 'append').mockImplementation(function (this: AppendQueue, events) {
      return append.call(
        this,
        events.map(({ idempotencyKey: _, ...event }) => event),
      );
    });
  },
  'a number is given again': () => {
    const { change } = Connection.prototype;
    vi.spyOn(Connection.prototype, 'change').mockImplementation(function (this: Connection, plan) {
      return change.call(this, (state) => {
        const planned = plan(state);
        if (planned.state === undefined) return planned;
        return { ...planned, state: { ...planned.state, newest: planned.state.newest - 1 } };
      });
    } as typeof change);
  },
  'a plan is made for where the log stood at first': () => {
    const { change } = Connection.prototype;
    const first = new WeakMap<Connection, State>();
    vi.spyOn(Connection.prototype, 'change').mockImplementation(function (this: Connection, plan) {
      return change.call(this, (state) => {
        const known = first.get(this) ?? state;
        first.set(this, known);
        return plan(known);
      });
    } as typeof change);
  },
  'nobody is told of news': () => vi.spyOn(Tail.prototype, 'wake').mockReturnValue(undefined),
  'a tail is not given what is dropped': () => {
    const { append } = AppendQueue.prototype;
    vi.spyOn(Tail.prototype, 'save').mockReturnValue(undefined);
    // Otherwise the law may be over before anything is dropped.
    vi.spyOn(AppendQueue.prototype, 'append').mockImplementation(async function (this: AppendQueue, events) {
      const ids = await append.call(this, events);
      await Promise.all(open.map((log) => log.prune()));
      return ids;
    });
  },
  'an aborted tail goes on': () => vi.spyOn(Tail.prototype, 'end').mockReturnValue(undefined),
};

/** A law may wait for ever for what a mutant does not do. */
function inTime(check: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nothing within a second')), 1_000);
    check.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

let open: LmdbEventLog[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  open = [];
});

test.each(Object.keys(mutants))('a log in which %s breaks a law', async (name) => {
  mutants[name]?.();
  const create: EventLogFixture['create'] = async (options) => {
    const log = await fixture.create(options);
    open = [log as LmdbEventLog];
    return log;
  };
  const broken: string[] = [];
  for (const law of eventLogLaws) {
    await inTime(law.check({ ...fixture, create })).catch(() => broken.push(law.name));
    if (broken.length > 0) break;
  }
  expect(broken).not.toEqual([]);
});

test('without a mutation the same fixture keeps every law', async () => {
  const verdicts = await Promise.allSettled(
    eventLogLaws.map((law) => law.check({ ...fixture, timeoutMs: 5_000 })),
  );
  expect(verdicts.filter(({ status }) => status === 'rejected')).toEqual([]);
});
