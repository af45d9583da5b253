import { describe, test } from 'vitest';
import type { EventLog } from '../../src/index.ts';
import { type EventLogFixture, eventLogLaws } from '../../src/testing.ts';
import { perfectLog, perfectStore } from './perfect-store.ts';
import type { Store } from './store.ts';

const stores = new WeakMap<EventLog, Store>();

function open(store: Store): EventLog {
  const { log } = perfectLog(store);
  stores.set(log, store);
  return log;
}

const alone: EventLogFixture = {
  create: ({ maxEntries }) => Promise.resolve(open(perfectStore({ maxEntries }))),
  timeoutMs: 500,
};

const shared: EventLogFixture = {
  ...alone,
  peer: (log) => Promise.resolve(open(stores.get(log) ?? perfectStore())),
};

describe('the log of the simulation keeps the laws of every log', () => {
  for (const law of eventLogLaws) test(law.name, () => law.check(alone));
});

describe('the log of the simulation keeps them with two instances on one store', () => {
  for (const law of eventLogLaws) test(law.name, () => law.check(shared));
});
