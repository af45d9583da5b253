import { systemEnvironment } from '@sse/core';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { Connection } from '../src/connection.ts';
import { NAMES } from '../src/format.ts';
import { decodeState, encodeState } from '../src/state.ts';
import { temporaryDatabase } from './temporary-database.ts';

// 25 is more often than a plan is made in the hope that nobody else is quicker.
test.each([0, 1, 5, 19, 25])(
  'a change is made after all where others are quicker %i times',
  async (conflicts) => {
    const path = temporaryDatabase();
    const options = { path, durability: 'os', pollMs: 5, environment: systemEnvironment } as const;
    const connection = Connection.acquire(options);
    // As another process would write: its numbers come in between.
    const other = open<Buffer, string>({ path, noSubdir: true, overlappingSync: false, encoding: 'binary' });
    const states = other.openDB<Buffer, string>(NAMES.state, { encoding: 'binary', useVersions: true });
    const entries = other.openDB<Buffer, number>(NAMES.entries, { encoding: 'binary' });
    let plans = 0;
    const write = (): void => {
      const entry = states.getEntry('state');
      const state = decodeState(entry?.value) ?? { newest: 0, evictedThrough: 0, bytes: 0 };
      void entries.put(state.newest + 1, Buffer.from('another'));
      void states.put(
        'state',
        encodeState({ ...state, newest: state.newest + 1 }),
        (entry?.version ?? 0) + 1,
      );
    };
    const seq = await connection.change((state) => {
      // From the 21st on the lock is ours, and nobody can be quicker.
      if (plans++ < Math.min(conflicts, 20)) other.transactionSync(write);
      const newest = state.newest + 1;
      const writes = [() => void connection.entries.put(newest, Buffer.from('ours'))];
      return { result: newest, state: { ...state, newest }, writes };
    });
    expect(plans).toBe(Math.min(conflicts, 20) + 1);
    expect(seq).toBe(Math.min(conflicts, 20) + 1);
    expect(connection.state().newest).toBe(seq);
    expect([...connection.entries.getRange({})].map(({ value }) => String(value))).toEqual([
      ...Array.from({ length: seq - 1 }, () => 'another'),
      'ours',
    ]);
    await other.close();
    await connection.release();
  },
);
