import { fanOut } from './fan-out.ts';
import type { Outcome, Scale, Scenario } from './scenario.ts';

const EVERY_MS = 10;
const P99_MS = 50;
/** Events a tick beyond which no higher rate is looked for. */
const MOST = 512;
/** A rate counts as kept when so much of it arrived. */
const KEPT = 0.97;

/** The most events a tick that are kept up with, by doubling and then by halving the distance three times. */
async function run(system: string, scale: Scale): Promise<Outcome> {
  let kept = 0;
  let lost = 1;
  let best: Outcome = { values: { deliveries: 0, p99: Number.NaN } };
  const holds = async (events: number): Promise<boolean> => {
    const outcome = await attempt(system, scale, events);
    if (outcome === undefined) return false;
    best = outcome;
    kept = events;
    return true;
  };
  while (lost <= MOST && (await holds(lost))) lost *= 2;
  for (let step = 0; step < 3 && lost - kept > 1; step++) {
    const middle = Math.round((kept + lost) / 2);
    if (!(await holds(middle))) lost = middle;
  }
  return best;
}

/** What came of a rate; nothing where it was not kept. */
async function attempt(system: string, scale: Scale, events: number): Promise<Outcome | undefined> {
  const outcome = await fanOut(system, scale, {
    subscribers: 1_000,
    publishing: { kind: 'timer', everyMs: EVERY_MS, events },
  });
  const { events: rate = 0, p99 = Infinity } = outcome.values;
  const isKept = outcome.isVoid === undefined && p99 < P99_MS && rate >= KEPT * events * (1_000 / EVERY_MS);
  return isKept ? outcome : undefined;
}

const PEERS = ['better-sse', 'sse-channel', 'express-sse', 'loop'] as const;

export const t1c: Scenario = {
  name: 'T1c',
  title:
    '1,000 subscribers, published by a timer every 10 ms: the highest rate without loss and with p99 below 50 ms',
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
