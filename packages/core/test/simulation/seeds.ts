import { test } from 'vitest';
import { explain } from './explain.ts';
import { judge } from './judge.ts';
import { simulate } from './simulate.ts';

/** `SEED=…` lives through one world, `SEEDS=…` through another number, `MINUTES=…` through as many as fit; from `FROM=…` on. */
const { SEED, SEEDS, MINUTES, FROM = '1' } = process.env;
const PARTS = 2;
/** A thousand worlds take some seconds; a machine that builds at the same time may take more. */
const PATIENCE_MS = 10 * 60 * 1_000;
const NIGHT_MS = 24 * 60 * 60 * 1_000;

/** One part of the seeds: the parts are files, so that they run at the same time. */
export function testSeeds(part: number): void {
  const first = Number(SEED ?? FROM) + (SEED === undefined ? part : 0);
  let count = Number(SEEDS ?? (MINUTES === undefined ? 1_000 : Number.POSITIVE_INFINITY)) / PARTS;
  if (SEED !== undefined) count = part === 0 ? 1 : 0;
  const worlds = MINUTES === undefined ? `${count} worlds` : `all worlds of ${MINUTES} minutes`;
  test(
    `in ${worlds} from seed ${first} on nothing is lost, repeated, reordered, invented or left behind in silence`,
    async () => {
      const until = performance.now() + Number(MINUTES ?? Number.POSITIVE_INFINITY) * 60_000;
      let lived = 0;
      for (; lived < count && performance.now() < until; lived++) {
        const { plan, moments } = await quickly(() => simulate(first + lived * PARTS));
        const { faults } = judge(moments);
        if (faults.length > 0) throw new Error(await explain(plan));
      }
      if (MINUTES !== undefined) console.log(`${lived} worlds from seed ${first} on, every ${PARTS}nd`);
    },
    SEEDS === undefined && MINUTES === undefined ? PATIENCE_MS : NIGHT_MS,
  );
}

/** Errors are part of every world, and nobody reads where they were made. */
async function quickly<Result>(work: () => Promise<Result>): Promise<Result> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
