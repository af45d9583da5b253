import { expect, test } from 'vitest';
import { runSchedule } from './schedule.ts';

/** `SEED=…` runs one schedule; `SCHEDULES=…` another number of them. */
const ONE = process.env['SEED'];
const COUNT = Number(process.env['SCHEDULES'] ?? 10_000);
const FIRST = ONE === undefined ? 1 : Number(ONE);

test(`in ${ONE === undefined ? COUNT : 1} random schedules nothing is lost, repeated, reordered or passed over in silence`, async () => {
  let events = 0;
  let gaps = 0;
  let published = 0;
  for (let seed = FIRST; seed < FIRST + (ONE === undefined ? COUNT : 1); seed++) {
    const outcome = await runSchedule(seed);
    expect(outcome.faults, `SEED=${seed}`).toEqual([]);
    events += outcome.events;
    gaps += outcome.gaps;
    published += outcome.published;
  }
  // A run in which nothing happens proves nothing.
  expect(events).toBeGreaterThan(published / 2);
  if (ONE === undefined) expect(gaps).toBeGreaterThan(COUNT / 10);
}, 240_000);
