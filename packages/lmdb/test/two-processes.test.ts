import type { EventLog } from '@sse/core';
import { type EventLogFixture, eventLogLaws } from '@sse/core/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { LmdbEventLog } from '../src/index.ts';
import { Child } from './child.ts';
import { RemoteLog } from './remote-log.ts';
import { temporaryDatabase } from './temporary-database.ts';

let child: Child;
const paths = new WeakMap<EventLog, string>();

beforeAll(async () => {
  child = await Child.start();
});
afterAll(() => child.kill());

const fixture: EventLogFixture = {
  create: ({ maxEntries }) => {
    const path = temporaryDatabase();
    const log = new LmdbEventLog({ path, durability: 'os', maxEntries });
    paths.set(log, path);
    return Promise.resolve(log);
  },
  peer: (log) => RemoteLog.open(child, { path: paths.get(log) ?? '', durability: 'os' }, log),
  prune: (log) => (log as LmdbEventLog).prune(),
};

describe('two LMDB logs on one database, in two processes, keep the laws of every log', () => {
  for (const law of eventLogLaws) test(law.name, () => law.check(fixture));
});
