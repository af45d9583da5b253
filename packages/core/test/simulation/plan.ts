import type { BroadcasterOptions, QueuePolicy } from '../../src/index.ts';
import { type Action, drawActions, type Intensity } from './actions.ts';
import { Random } from './random.ts';
import type { EventText } from './records.ts';

/** One client, as it is for its whole life. */
export interface ClientPlan {
  readonly topics: readonly string[];
  readonly allowedTopics: readonly string[] | undefined;
  readonly queuePolicy: QueuePolicy;
  readonly reader: 'fast' | 'slow' | 'stalled';
  readonly highWaterMark: number;
  /** Bytes that a slow reader reads at once, and the milliseconds in between. */
  readonly readBytes: number;
  readonly readMs: number;
  readonly arrivesAt: number;
  /** Milliseconds that a stream of it may last; 0: no limit. */
  readonly expiresMs: number;
}

/** Everything that is decided before a world begins. */
export interface Plan {
  readonly seed: number;
  readonly servers: number;
  readonly durationMs: number;
  readonly delayMs: number;
  readonly store: { readonly maxEntries: number; readonly maxAgeMs: number; readonly knowsParting: boolean };
  readonly settings: BroadcasterOptions;
  readonly clients: readonly ClientPlan[];
  /** In the order of their times. */
  readonly actions: readonly Action[];
}

export const TOPICS = ['order.eu', 'order.us', 'order.eu.paid', 'price', 'alert'] as const;
const FILTERS = [
  ['**'],
  ['**'],
  ['order.**'],
  ['order.*'],
  ['*'],
  ['price'],
  ['order.eu', 'alert'],
  ['none', 'heartbeat'],
] as const;
const CLIENTS = 50;
const EVENTS = 100;

/** Draws a plan. Each seed leaves some kinds of trouble out, so that the others get further. */
export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const servers = random.between(2, 4);
  const durationMs = random.between(3_000, 6_000);
  const intensity: Intensity = {
    crashes: random.pick([0, 0.3, 1]),
    partitions: random.pick([0, 0.5, 1]),
    losses: random.pick([0, 0, 0.4, 1]),
    trims: random.pick([0, 0.3, 1]),
    clients: random.pick([0.2, 0.6, 1]),
  };
  return {
    seed,
    servers,
    durationMs,
    delayMs: random.pick([2, 10, 40]),
    store: {
      maxEntries: random.between(15, 150),
      maxAgeMs: random.chance(0.2) ? random.between(1_000, 4_000) : 3_600_000,
      knowsParting: random.chance(0.5),
    },
    settings: drawSettings(random),
    clients: Array.from({ length: CLIENTS }, () => drawClient(random, durationMs)),
    actions: drawActions(random, {
      servers,
      durationMs,
      clients: CLIENTS,
      intensity,
      events: drawEvents(random),
    }),
  };
}

function drawSettings(random: Random): BroadcasterOptions {
  return {
    windowSize: random.between(2, 60),
    windowBytes: random.between(1_000, 20_000),
    replayPageSize: random.between(1, 25),
    maxReplayReads: random.between(1, 4),
    maxQueueSize: random.between(3, 25),
    maxQueueBytes: random.between(1_000, 12_000),
    stallTimeoutMs: 2_000,
    heartbeatMs: 2_500,
    lingerMs: 2_000,
    logTimeoutMs: random.between(300, 1_500),
    maxAgeMs: random.chance(0.2) ? 4_000 : 0,
    retryMs: random.between(50, 500),
    afterGap: random.chance(0.2) ? 'live' : 'replay',
  };
}

function drawClient(random: Random, durationMs: number): ClientPlan {
  const reader = random.weighted({ fast: 6, slow: 2, stalled: 2 });
  return {
    topics: random.pick(FILTERS),
    allowedTopics: random.chance(0.1) ? ['order.**'] : undefined,
    queuePolicy: random.weighted({ disconnect: 4, 'drop-oldest': 3, latest: 3 }),
    reader,
    highWaterMark: reader === 'fast' ? 4_096 : random.between(1, 1_500),
    readBytes: random.between(40, 1_200),
    readMs: random.between(30, 400),
    arrivesAt: random.chance(0.6) ? random.between(0, 20) : random.between(0, durationMs),
    expiresMs: random.chance(0.05) ? random.between(500, 5_000) : 0,
  };
}

/** The events of a plan, in the batches in which they are published. */
function drawEvents(random: Random): readonly (readonly EventText[])[] {
  const batches: EventText[][] = [];
  for (let n = 0; n < EVENTS; ) {
    const size = random.weighted({ one: 8, few: 3, many: 1 });
    const count = { one: 1, few: random.between(2, 4), many: random.between(5, 12) }[size];
    const batch = Array.from({ length: Math.min(count, EVENTS - n) }, (): EventText => {
      const id = ++n;
      const padding = random.chance(0.05) ? random.between(200, 900) : random.between(0, 60);
      const hasKey = random.chance(0.3);
      return {
        topic: random.pick(TOPICS),
        data: `${id} ${'.'.repeat(padding)}`,
        key: hasKey ? random.pick(['k1', 'k2']) : undefined,
        idempotencyKey: random.chance(0.6) ? `idem-${id}` : undefined,
      };
    });
    batches.push(batch);
  }
  return batches;
}
