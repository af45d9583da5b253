import { Stage } from '../run/stage.ts';
import type { Outcome, Scale, Scenario } from './scenario.ts';

/** Connections before the first measurement, so that what the first ones set up is not counted. */
const BEFORE = 200;

/** Memory of each of many idle connections, with topics and metadata set where the system knows them. */
async function run(system: string, { isQuick }: Scale): Promise<Outcome> {
  const subscribers = isQuick ? 4_000 : 10_000;
  const stage = await Stage.open(system, { loads: 2 });
  try {
    const query = 'topics=orders.eu.created,orders.*.paid&tags=bench,idle&client_name=bench';
    const paths = Array.from({ length: 1_000 }, (_, index) => `${stage.path}?${query}-${index}`);
    await stage.connect({ subscribers: BEFORE, paths, strictly: 0 });
    const before = await stage.memory();
    await stage.connect({ subscribers, paths, strictly: 0 }, 1);
    const after = await stage.memory();
    return { values: { kilobytes: (after - before) / subscribers / 1_000 } };
  } finally {
    await stage.close();
  }
}

export const t4: Scenario = {
  name: 'T4',
  title: 'memory of each of 10,000 idle connections (PSS after a collection), topics and metadata set',
  systems: ['core', 'bare', 'express', 'hub', 'loop', 'better-sse', 'sse-channel', 'nchan'],
  metrics: [{ name: 'kilobytes', label: 'kB each', better: 'less' }],
  targets: [
    { ours: 'core', metric: 'kilobytes', bound: 10 },
    { ours: 'core', metric: 'kilobytes', against: 'bare', bound: 1 },
    { ours: 'core', metric: 'kilobytes', against: 'nchan', bound: 1 },
  ],
  run,
};
