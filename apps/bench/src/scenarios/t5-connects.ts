import { Stage } from '../run/stage.ts';
import type { Outcome, Scale, Scenario } from './scenario.ts';

/** Connections accepted a second, each from connecting to the first byte of its answer, 100 at the same time. */
async function run(system: string, { isQuick }: Scale): Promise<Outcome> {
  const stage = await Stage.open(system, { loads: 2 });
  try {
    await stage.connect({ subscribers: 500, strictly: 0 });
    const connected = await stage.connect({ subscribers: isQuick ? 2_000 : 6_000, strictly: 0 }, 1);
    const { perSecond, firstByteP50, firstByteP99 } = connected;
    return {
      values: { connects: perSecond, p50: firstByteP50 / 1_000, p99: firstByteP99 / 1_000 },
      usage: connected,
    };
  } finally {
    await stage.close();
  }
}

export const t5: Scenario = {
  name: 'T5',
  title: 'connections accepted a second, to the first byte',
  systems: ['core', 'bare', 'express', 'empty-express', 'hub', 'loop', 'better-sse', 'sse-channel', 'nchan'],
  metrics: [
    { name: 'connects', label: 'connects/s', better: 'more' },
    { name: 'p50', label: 'first byte p50 ms', better: 'less' },
    { name: 'p99', label: 'p99 ms', better: 'less' },
  ],
  targets: [
    { ours: 'core', metric: 'connects', against: 'bare', bound: 0.9 },
    { ours: 'express', metric: 'connects', against: 'empty-express', bound: 0.9 },
  ],
  run,
};
