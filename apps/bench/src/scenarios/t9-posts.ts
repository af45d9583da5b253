import { Stage } from '../run/stage.ts';
import { faultOf, type Outcome, type Scale, type Scenario } from './scenario.ts';

const BATCH = 100;
const SUBSCRIBERS = 1_000;

/** One keep-alive connection that posts: single events and batches, for nobody and for many subscribers. */
async function run(system: string, scale: Scale): Promise<Outcome> {
  const single = await posted(system, scale, 1, 0);
  const batch = await posted(system, scale, BATCH, 0);
  // What only answers delivers nothing.
  const delivers = system !== 'empty-express';
  const singleFull = delivers ? await posted(system, scale, 1, SUBSCRIBERS) : undefined;
  const batchFull = delivers ? await posted(system, scale, BATCH, SUBSCRIBERS) : undefined;
  const all = [single, batch, singleFull, batchFull].filter((outcome) => outcome !== undefined);
  const fault = all.find(({ isVoid }) => isVoid !== undefined)?.isVoid;
  const rate = (outcome: Outcome | undefined): number => outcome?.values['rate'] ?? Number.NaN;
  return {
    values: {
      single: rate(single),
      batch: rate(batch),
      singleFull: rate(singleFull),
      batchFull: rate(batchFull),
    },
    ...(batch.usage && { usage: batch.usage }),
    ...(fault !== undefined && { isVoid: fault }),
  };
}

async function posted(system: string, scale: Scale, batch: number, subscribers: number): Promise<Outcome> {
  const stage = await Stage.open(system, { loads: 2, queueEvents: 100_000 });
  try {
    if (subscribers > 0) await stage.connect({ subscribers });
    const pipelined = system === 'nchan';
    const warm = await stage.post({ batch, pipelined, ms: scale.warmUpMs, from: 0 });
    const result = await stage.post({ batch, pipelined, ms: scale.measureMs, from: warm.events });
    const values = { rate: result.events / result.seconds };
    if (subscribers === 0) return { values, usage: result };
    const total = warm.events + result.events;
    await stage.arrived(total, 30_000);
    const fault = faultOf(await stage.verdict(total));
    return { values, usage: result, ...(fault !== undefined && { isVoid: fault }) };
  } finally {
    await stage.close();
  }
}

export const t9: Scenario = {
  name: 'T9',
  title: 'events published over HTTP on one keep-alive connection, single and in batches of 100',
  systems: ['hub', 'nchan', 'empty-express'],
  metrics: [
    { name: 'single', label: 'single/s', better: 'more' },
    { name: 'batch', label: 'in batches/s', better: 'more' },
    { name: 'singleFull', label: 'single/s, 1,000 subscribers', better: 'more' },
    { name: 'batchFull', label: 'in batches/s, 1,000 subscribers', better: 'more' },
  ],
  targets: [
    { ours: 'hub', metric: 'batch', against: 'nchan', bound: 1 },
    { ours: 'hub', metric: 'batchFull', against: 'nchan', bound: 1 },
    { ours: 'hub', metric: 'single', against: 'empty-express', bound: 0.5 },
  ],
  isLong: true,
  run,
};
