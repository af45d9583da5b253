import { fanOut } from './fan-out.ts';
import type { Outcome, Scale, Scenario } from './scenario.ts';

const P99_MS = 50;
/** A rate counts as kept when so much of it arrived. */
const KEPT = 0.97;
/** Where the search begins: one event each 10 ms. What can't keep that up is timed less often. */
const EVERY_MS = 10;
const SLOWEST_MS = 160;
/** Events a tick beyond which no higher rate is looked for. */
const MOST = 512;

/** The highest rate that is kept up with: by doubling, and then by halving the distance three times. */
async function run(system: string, scale: Scale): Promise<Outcome> {
  const first = await attempt(system, scale, 1, EVERY_MS);
  if (first === undefined) return slower(system, scale);
  let best = first;
  let kept = 1;
  let missed = 2;
  const holds = async (events: number): Promise<boolean> => {
    const outcome = await attempt(system, scale, events, EVERY_MS);
    if (outcome === undefined) return false;
    best = outcome;
    kept = events;
    return true;
  };
  while (missed <= MOST && (await holds(missed))) missed *= 2;
  for (let step = 0; step < 3 && missed - kept > 1; step++) {
    const middle = Math.round((kept + missed) / 2);
    if (!(await holds(middle))) missed = middle;
  }
  return best;
}

/** One event a tick, with ticks further and further apart. */
async function slower(system: string, scale: Scale): Promise<Outcome> {
  for (let everyMs = EVERY_MS + 5; everyMs <= SLOWEST_MS; everyMs = Math.round(everyMs * 1.4)) {
    const outcome = await attempt(system, scale, 1, everyMs);
    if (outcome !== undefined) return outcome;
  }
  return { values: {}, isVoid: `p99 was above ${P99_MS} ms at any rate` };
}

/** What came of a rate; nothing where it was not kept. */
async function attempt(
  system: string,
  scale: Scale,
  events: number,
  everyMs: number,
): Promise<Outcome | undefined> {
  const outcome = await fanOut(system, scale, {
    subscribers: 1_000,
    publishing: { kind: 'timer', everyMs, events },
  });
  const { events: rate = 0, p99 = Infinity } = outcome.values;
  const isKept = outcome.isVoid === undefined && p99 < P99_MS && rate >= (KEPT * events * 1_000) / everyMs;
  return isKept ? outcome : undefined;
}

const PEERS = ['better-sse', 'sse-channel', 'express-sse', 'loop'] as const;

export const t1c: Scenario = {
  name: 'T1c',
  title:
    '1,000 subscribers, published by a timer, every 10 ms if it can: the highest rate without loss and with p99 below 50 ms',
  systems: ['core', 'bare-joined', 'express', 'hub', ...PEERS, 'nchan'],
  metrics: [
    { name: 'deliveries', label: 'deliveries/s', better: 'more' },
    { name: 'p99', label: 'p99 ms', better: 'less' },
  ],
  targets: [
    ...PEERS.map((against) => ({ ours: 'core', metric: 'deliveries', against, bound: 5 })),
    { ours: 'core', metric: 'deliveries', against: 'nchan', bound: 8 },
  ],
  isLong: true,
  rounds: 1,
  run,
};
