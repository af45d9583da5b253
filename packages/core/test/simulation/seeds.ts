import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import { simulate } from './simulate.ts';

/** `SEED=…` runs one; `SEEDS=…` another number of them. They are split over the files that call `testSeeds`. */
const ONE = process.env['SEED'];
const SEEDS = Number(process.env['SEEDS'] ?? 1_000);
const PARTS = 4;

export function testSeeds(part: number): void {
  const seeds = ONE === undefined ? Math.ceil(SEEDS / PARTS) : Number(part === 1);
  const first = ONE === undefined ? (part - 1) * seeds + 1 : Number(ONE);
  test(`in worlds ${first} to ${first + seeds - 1} nothing is lost, repeated, reordered, invented or left behind in silence`, async () => {
    for (let seed = first; seed < first + seeds; seed++) {
      const history = await simulate(seed);
      expect(judge(history.moments).faults, `SEED=${seed}`).toEqual([]);
    }
  }, 3_600_000);
}
