import { fanOut } from './fan-out.ts';
import type { Metric, Scenario } from './scenario.ts';

const LATENCY: readonly Metric[] = [
  { name: 'p50', label: 'p50 ms', better: 'less' },
  { name: 'p99', label: 'p99 ms', better: 'less' },
];

/** Latency at a rate that leaves the server idle most of the time. */
function latencyAt(perSecond: number): Scenario {
  const systems = [
    'core',
    'bare',
    'express',
    'hub',
    'loop',
    'better-sse',
    'sse-channel',
    'express-sse',
    'nchan',
  ] as const;
  const peers = ['better-sse', 'sse-channel', 'express-sse', 'loop', 'nchan'] as const;
  return {
    name: `T2-${perSecond}`,
    title: `1,000 subscribers, ${perSecond} events/s: latency from publishing to arrival`,
    systems,
    metrics: LATENCY,
    targets: [
      { ours: 'core', metric: 'p99', against: 'bare', bound: 1.15 },
      ...peers.map((against) => ({ ours: 'core', metric: 'p99', against, bound: 1 }) as const),
    ],
    run: (system, scale) =>
      fanOut(system, scale, {
        subscribers: 1_000,
        publishing: { kind: 'timer', everyMs: 1_000 / perSecond, events: 1 },
        measureMs: scale.measureMs * (perSecond < 50 ? 2 : 1),
      }),
  };
}

export const t2: readonly Scenario[] = [latencyAt(10), latencyAt(50)];

export const t3: Scenario = {
  name: 'T3',
  title: '10,000 subscribers, one event a second: latency, and from the first to the last of them',
  systems: ['core', 'bare', 'express', 'hub', 'loop', 'better-sse', 'sse-channel', 'nchan'],
  metrics: [...LATENCY, { name: 'spread', label: 'first to last ms', better: 'less' }],
  targets: [
    { ours: 'core', metric: 'p99', against: 'bare', bound: 1.15 },
    { ours: 'core', metric: 'p99', against: 'nchan', bound: 1 },
  ],
  isLong: true,
  run: (system, scale) =>
    fanOut(system, scale, {
      subscribers: 10_000,
      publishing: { kind: 'timer', everyMs: 1_000, events: 1 },
      measureMs: Math.max(4_000, scale.measureMs * 2),
    }),
};
