import type { EventLog } from '@sse/core';
import { type EventLogFixture, eventLogLaws } from '@sse/core/testing';
import { describe, test } from 'vitest';
import { LmdbEventLog } from '../src/index.ts';
import { temporaryDatabase } from './temporary-database.ts';

/** Where the database of a log is, for its peers. */
const paths = new WeakMap<EventLog, string>();

function fixture(durability: 'disk' | 'os'): EventLogFixture {
  return {
    create: ({ maxEntries }) => {
      const path = temporaryDatabase();
      const log = new LmdbEventLog({ path, durability, maxEntries });
      paths.set(log, path);
      return Promise.resolve(log);
    },
    prune: (log) => (log as LmdbEventLog).prune(),
  };
}

const peer: NonNullable<EventLogFixture['peer']> = (log) =>
  Promise.resolve(new LmdbEventLog({ path: paths.get(log) ?? '', durability: 'os', maxEntries: 1_000 }));

describe('the LMDB log, each append on the disk, keeps the laws of every log', () => {
  for (const law of eventLogLaws) test(law.name, () => law.check(fixture('disk')));
});

describe('two LMDB logs on one database, in one process, keep the laws of every log', () => {
  for (const law of eventLogLaws) test(law.name, () => law.check({ ...fixture('os'), peer }));
});
