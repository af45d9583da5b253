import { fanOut } from './fan-out.ts';
import type { Scenario } from './scenario.ts';

/** Events in one turn of the loop. */
const PER_TURN = 100;
/** Published beyond what has been read: enough for the time that hearing of it takes. */
const IN_FLIGHT = 20_000;

export const t6: Scenario = {
  name: 'T6',
  title: 'one subscriber, 100 events of text a turn, as fast as it goes without loss',
  systems: ['core', 'bare-joined', 'express', 'hub', 'loop', 'better-sse', 'sse-channel', 'express-sse'],
  metrics: [
    { name: 'events', label: 'events/s', better: 'more' },
    { name: 'perCpu', label: 'for each second of server CPU', better: 'more' },
  ],
  targets: [{ ours: 'core', metric: 'events', against: 'bare-joined', bound: 0.8 }],
  run: (system, scale) =>
    fanOut(system, scale, {
      subscribers: 1,
      publishing: { kind: 'burst', perTurn: PER_TURN, inFlight: IN_FLIGHT },
      strictly: 0, // taking a million events a second apart would be the limit
      stage: { queueEvents: 2 * IN_FLIGHT, asText: true },
    }),
};
