import { expect, test, vi } from 'vitest';
import { type Fault, OVER } from '../src/faults/fault.ts';
import type { HistoryRecord } from '../src/history.ts';
import { Random } from '../src/random.ts';
import { carryOut, plan } from '../src/schedule.ts';

const fault = (name: string, target: string): Fault => ({
  name,
  target,
  lasts: [100, 2_000],
  begin: () => Promise.resolve(OVER),
});
const FAULTS = [
  fault('kill', 'server-0'),
  fault('stop', 'server-0'),
  fault('cut', 'door-0'),
  fault('cut', 'door-1'),
];

test('a seed draws the same faults at the same times again', () => {
  const times = (seed: number): readonly unknown[] =>
    plan(FAULTS, new Random(seed), 60_000, 500).map(({ fault: { name }, beginsMs }) => [name, beginsMs]);
  expect(times(7)).toEqual(times(7));
  expect(times(7)).not.toEqual(times(8));
  expect(times(7).length).toBeGreaterThan(30);
});

test('one target has one fault at a time, and none lasts beyond the end', () => {
  const planned = plan(FAULTS, new Random(7), 60_000, 100);
  for (const { target } of FAULTS) {
    const own = planned.filter((one) => one.fault.target === target);
    for (const [at, { beginsMs, endsMs }] of own.entries()) {
      expect(endsMs).toBeGreaterThanOrEqual(beginsMs);
      expect(endsMs).toBeLessThanOrEqual(60_000);
      expect(own[at + 1]?.beginsMs ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(endsMs);
    }
  }
});

test('what happens is written down, with what failed', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const records: HistoryRecord[] = [];
  const broken = { ...fault('broken', 'redis'), begin: () => Promise.reject(new Error('no such process')) };
  const planned = [fault('cut', 'door-0'), broken].map((one) => ({ fault: one, beginsMs: 0, endsMs: 5 }));
  await carryOut(planned, { add: (record) => records.push(record) }, new Random(1));
  expect(records.map((record) => record.kind === 'fault' && `${record.name} ${record.state}`).sort()).toEqual(
    ['broken begins', 'broken failed', 'cut begins', 'cut ends'],
  );
  expect(said).toHaveBeenCalledWith('broken of redis failed: no such process');
  said.mockRestore();
});
