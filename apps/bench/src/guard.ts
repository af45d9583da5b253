import { EVENT_BYTES } from './bench-event.ts';
import { figure } from './report/figures.ts';
import { Stage } from './run/stage.ts';
import { placeTopic } from './server/publishing.ts';
import { median } from './statistics.ts';

/** Ratios that must not be lost, in a short form: half of what the scenarios ask for. */
interface Guarded {
  readonly name: string;
  readonly limit: number;
  readonly better: 'more' | 'less';
  ratio(values: Readonly<Record<string, number>>): number;
}

const ratio =
  (ours: string, theirs: string) =>
  (values: Readonly<Record<string, number>>): number =>
    (values[ours] ?? Number.NaN) / (values[theirs] ?? Number.NaN);

const GUARDED: readonly Guarded[] = [
  { name: 'T1a core / bare', limit: 0.95 / 2, better: 'more', ratio: ratio('core one', 'bare one') },
  { name: 'T1a core / loop', limit: 1 / 2, better: 'more', ratio: ratio('core one', 'loop one') },
  {
    name: 'T1b core / bare joined',
    limit: 0.9 / 2,
    better: 'more',
    ratio: ratio('core ten', 'bare-joined ten'),
  },
  { name: 'T1b core / loop', limit: 6 / 2, better: 'more', ratio: ratio('core ten', 'loop ten') },
  // Of the middle, not of the slowest: in so short a time those are of the machine's making.
  { name: 'T2 p50 core / bare', limit: 1.15 * 2, better: 'less', ratio: ratio('core p50', 'bare p50') },
  { name: 'T4 memory core / bare', limit: 1 * 2, better: 'less', ratio: ratio('core memory', 'bare memory') },
  { name: 'T7 cost 1 of many / 1 of 10', limit: 2 * 2, better: 'less', ratio: ratio('many', 'few') },
];

const TRIES = 3;
const SUBSCRIBERS = 200;
const IDLE = 1_000;
const WARM_UP_MS = 80;
const MEASURE_MS = 200;

/** Runs the short forms three times and judges their medians; answers what to print, and whether all hold. */
export async function guard(): Promise<{ readonly lines: readonly string[]; readonly holds: boolean }> {
  const tries: Readonly<Record<string, number>>[] = [];
  for (let count = 0; count < TRIES; count++) tries.push(await oneTry());
  const judged = GUARDED.map((guarded) => {
    const value = median(tries.map((values) => guarded.ratio(values)));
    const isMore = guarded.better === 'more';
    const holds = isMore ? value >= guarded.limit : value <= guarded.limit;
    const asked = `${isMore ? '≥' : '≤'} ${figure(guarded.limit)}`;
    return {
      holds,
      line: `${holds ? 'holds' : 'LOST '}  ${guarded.name}: ${figure(value)}, expected ${asked}`,
    };
  });
  return { lines: judged.map(({ line }) => line), holds: judged.every(({ holds }) => holds) };
}

async function oneTry(): Promise<Readonly<Record<string, number>>> {
  const values: Record<string, number> = {};
  for (const system of ['core', 'bare', 'bare-joined', 'loop']) {
    const stage = await Stage.open(system);
    try {
      await stage.connect({ subscribers: SUBSCRIBERS, strictly: 1 });
      values[`${system} one`] = await perCpuSecond(stage, 1);
      values[`${system} ten`] = await perCpuSecond(stage, 10);
      if (system === 'core' || system === 'bare') values[`${system} p50`] = await latency(stage);
      await demandNoFault(stage, system);
    } finally {
      await stage.close();
    }
  }
  for (const system of ['core', 'bare']) values[`${system} memory`] = await memory(system);
  values['few'] = await cost(10);
  values['many'] = await cost(IDLE);
  return values;
}

/** Deliveries for each second of the server's CPU: it does not matter how much of a core the server was given. */
async function perCpuSecond(stage: Stage, perTurn: number): Promise<number> {
  await stage.publish({ publishing: { kind: 'burst', perTurn, inFlight: 80 }, eventBytes: EVENT_BYTES });
  await pause(WARM_UP_MS);
  const { deliveries, seconds, serverCpu } = await stage.measure(MEASURE_MS);
  await stage.call('stop');
  return deliveries / (seconds * serverCpu);
}

async function latency(stage: Stage): Promise<number> {
  const publishing = { kind: 'timer', everyMs: 20, events: 1 } as const;
  await stage.publish({ publishing, eventBytes: EVENT_BYTES });
  const { latencyP50 } = await stage.measure(2 * MEASURE_MS);
  await stage.call('stop');
  return latencyP50;
}

async function demandNoFault(stage: Stage, system: string): Promise<void> {
  const { lost, repeated, disordered, wrong } = await stage.finish();
  if (lost + repeated + disordered > 0 || wrong !== undefined)
    throw new Error(
      `${system}: ${lost} lost, ${repeated} repeated, ${disordered} out of order ${wrong ?? ''}`,
    );
}

async function memory(system: string): Promise<number> {
  // With few connections, what the young heap keeps free would be most of the figure.
  const stage = await Stage.open(system, { loads: 2, nodeFlags: ['--max-semi-space-size=1'] });
  try {
    await stage.connect({ subscribers: 50, strictly: 0 });
    const before = await stage.memory();
    await stage.connect({ subscribers: IDLE, strictly: 0 }, 1);
    return ((await stage.memory()) - before) / IDLE;
  } finally {
    await stage.close();
  }
}

/** Server CPU for an event that one of so many subscribers wants, each with a topic of its own. */
async function cost(subscribers: number): Promise<number> {
  const stage = await Stage.open('core');
  try {
    const paths = Array.from(
      { length: subscribers },
      (_, place) => `${stage.path}?topics=${placeTopic(place)}`,
    );
    await stage.connect({ subscribers, paths, order: 'rising', progressOf: 'all', strictly: 0 });
    const publishing = { kind: 'burst', perTurn: 1, inFlight: 800 } as const;
    await stage.publish({ publishing, eventBytes: EVENT_BYTES, topics: subscribers });
    await pause(WARM_UP_MS);
    const { deliveries, seconds, serverCpu } = await stage.measure(MEASURE_MS);
    return (seconds * serverCpu) / deliveries;
  } finally {
    await stage.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
