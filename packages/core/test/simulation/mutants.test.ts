import { afterEach, describe, expect, test } from 'vitest';
import { judge } from './judge.ts';
import { mutants } from './mutants.ts';
import { simulate } from './simulate.ts';

const SEEDS = 60;
let mend = (): void => undefined;

describe('the simulation catches a core in which', () => {
  afterEach(() => mend());

  for (const [fault, mutant] of Object.entries(mutants)) {
    test(fault, async () => {
      const broken = mutant();
      mend = broken.mend;
      let caught: string | undefined;
      for (let seed = 1; seed <= SEEDS && caught === undefined; seed++) {
        const { moments } = await simulate(seed, broken.changes);
        caught = judge(moments).faults[0]?.what;
      }
      expect(caught).toBeDefined();
    }, 60_000);
  }
});
