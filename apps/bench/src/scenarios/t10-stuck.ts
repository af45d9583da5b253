import { Stage } from '../run/stage.ts';
import { faultOf, type Outcome, type Scale, type Scenario } from './scenario.ts';

const READING = 900;
const STUCK = 100;
/** Large enough for what is not read to fill the kernel's buffers in a few seconds. */
const BYTES = 2_000;
/** Events of that size before anything is measured: 6 MB for each, more than the kernel takes for one connection. */
const FLOOD = 3_000;

/** The latency of those that read, without and with a hundred beside them that never do. */
async function run(system: string, scale: Scale): Promise<Outcome> {
  const without = await latency(system, scale, 0);
  const beside = await latency(system, scale, STUCK);
  const fault = without.isVoid ?? beside.isVoid;
  return {
    values: {
      without: without.values['p99'] ?? 0,
      with: beside.values['p99'] ?? 0,
      growth: (beside.values['p99'] ?? 0) / (without.values['p99'] ?? 0),
      megabytes: (beside.values['megabytes'] ?? 0) - (without.values['megabytes'] ?? 0),
    },
    ...(beside.usage && { usage: beside.usage }),
    ...(fault !== undefined && { isVoid: fault }),
  };
}

async function latency(system: string, scale: Scale, stuck: number): Promise<Outcome> {
  const stage = await Stage.open(system);
  try {
    await stage.connect({ subscribers: READING + stuck, stuck, eventBytes: BYTES });
    const flood = { kind: 'burst', perTurn: 4, inFlight: 80 } as const;
    await stage.publish({ publishing: flood, eventBytes: BYTES, count: FLOOD });
    await stage.call('finished');
    await stage.arrived(FLOOD, 30_000);
    await stage.publish({ publishing: { kind: 'timer', everyMs: 50, events: 1 }, eventBytes: BYTES });
    await new Promise((resolve) => setTimeout(resolve, scale.warmUpMs));
    const measured = await stage.measure(Math.max(2_000, scale.measureMs));
    const megabytes = (await stage.memory()) / 1e6;
    const fault = faultOf(await stage.finish());
    return {
      values: { p99: measured.latencyP99 / 1_000, megabytes },
      usage: measured,
      ...(fault !== undefined && { isVoid: fault }),
    };
  } finally {
    await stage.close();
  }
}

export const t10: Scenario = {
  name: 'T10',
  title: '900 subscribers, 20 events/s of 2 kB, without and with 100 more that never read',
  systems: ['core', 'express', 'loop', 'better-sse', 'sse-channel', 'bare'],
  metrics: [
    { name: 'without', label: 'p99 ms without', better: 'less' },
    { name: 'with', label: 'p99 ms with', better: 'less' },
    { name: 'growth', label: 'ratio', better: 'less' },
    { name: 'megabytes', label: 'MB more', better: 'less' },
  ],
  targets: [{ ours: 'core', metric: 'growth', bound: 1.2 }],
  isLong: true,
  run,
};
