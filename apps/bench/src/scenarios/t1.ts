import { fanOut } from './fan-out.ts';
import type { Scenario } from './scenario.ts';

const SUBSCRIBERS = 1_000;
/** Below the 100 events that may wait for one client of ours, so that its default holds. */
const IN_FLIGHT = 80;

const DELIVERIES = { name: 'deliveries', label: 'deliveries/s', better: 'more' } as const;
/** What is left to compare where something else uses the cores as well. */
const PER_CPU = { name: 'perCpu', label: 'for each second of server CPU', better: 'more' } as const;
const BYTES = { name: 'bytes', label: 'bytes each', better: 'less' } as const;

export const t1a: Scenario = {
  name: 'T1a',
  title: '1,000 subscribers, one event a turn of the loop, as fast as it goes without loss',
  systems: ['core', 'bare', 'express', 'hub', 'loop', 'better-sse', 'sse-channel', 'express-sse', 'nchan'],
  metrics: [DELIVERIES, PER_CPU, BYTES],
  targets: [
    { ours: 'core', metric: 'deliveries', against: 'bare', bound: 0.95 },
    { ours: 'core', metric: 'deliveries', against: 'nchan', bound: 1 },
  ],
  run: (system, scale) =>
    fanOut(system, scale, {
      subscribers: SUBSCRIBERS,
      publishing: { kind: 'burst', perTurn: 1, inFlight: IN_FLIGHT },
    }),
};

export const t1b: Scenario = {
  name: 'T1b',
  title: '1,000 subscribers, ten events a turn of the loop, as fast as it goes without loss',
  systems: [
    'core',
    'bare-joined',
    'express',
    'hub',
    'loop',
    'better-sse',
    'sse-channel',
    'express-sse',
    'nchan',
  ],
  metrics: [DELIVERIES, PER_CPU, BYTES],
  targets: [
    { ours: 'core', metric: 'deliveries', against: 'bare-joined', bound: 0.9 },
    { ours: 'core', metric: 'deliveries', against: 'better-sse', bound: 6 },
    { ours: 'core', metric: 'deliveries', against: 'loop', bound: 6 },
    { ours: 'core', metric: 'deliveries', against: 'sse-channel', bound: 3 },
    { ours: 'core', metric: 'deliveries', against: 'nchan', bound: 1 },
  ],
  run: (system, scale) =>
    fanOut(system, scale, {
      subscribers: SUBSCRIBERS,
      publishing: { kind: 'burst', perTurn: 10, inFlight: IN_FLIGHT },
    }),
};
