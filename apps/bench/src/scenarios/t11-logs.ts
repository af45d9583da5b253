import { fileURLToPath } from 'node:url';
import { EVENT_BYTES } from '../bench-event.ts';
import { redisMissing } from '../logs/redis-server.ts';
import { Child } from '../run/child.ts';
import { SERVER_CORE, Stage } from '../run/stage.ts';
import type { LogName } from '../systems/system.ts';
import { faultOf, type Outcome, type Scenario } from './scenario.ts';

const PROGRAM = fileURLToPath(new URL('log-process.js', import.meta.url));
/** Entries that one client replays. */
const ENTRIES = 100_000;

async function inProcess(task: string, subject: string, ms: number): Promise<Outcome> {
  const child = new Child(SERVER_CORE, [process.execPath, PROGRAM]);
  try {
    const {
      lost = 0,
      disordered = 0,
      ...values
    } = await child.call<Record<string, number>>(task, { subject, ms });
    const isVoid = lost + disordered === 0 ? undefined : `${lost} lost, ${disordered} out of order`;
    return { values, ...(isVoid !== undefined && { isVoid }) };
  } finally {
    await child.end();
  }
}

const needsRedis = (subject: string): string | undefined =>
  subject.includes('redis') ? redisMissing() : undefined;

const disk: Scenario = {
  name: 'T11-disk',
  title: 'a hundred publishers at once, each waiting for its acknowledgement (lmdb: flushed to the disk)',
  systems: ['lmdb', 'bare lmdb', 'memory'],
  metrics: [{ name: 'appends', label: 'events/s', better: 'more' }],
  targets: [{ ours: 'lmdb', metric: 'appends', against: 'bare lmdb', bound: 0.7 }],
  isLong: true,
  run: (subject, { measureMs }) => inProcess('appends', subject, measureMs),
};

const redis: Scenario = {
  name: 'T11-redis',
  title: 'from publishing to delivery over Redis on this machine: 100 at once, and latency at 200 events/s',
  systems: ['redis', 'bare redis'],
  metrics: [
    { name: 'throughput', label: 'events/s', better: 'more' },
    { name: 'p50', label: 'p50 ms', better: 'less' },
    { name: 'p99', label: 'p99 ms', better: 'less' },
  ],
  targets: [
    { ours: 'redis', metric: 'throughput', against: 'bare redis', bound: 0.7 },
    { ours: 'redis', metric: 'p99', against: 'bare redis', bound: 1.3 },
  ],
  isLong: true,
  missing: needsRedis,
  run: (subject, { measureMs }) => inProcess('redis', subject, measureMs),
};

const replay: Scenario = {
  name: 'T11-replay',
  title: 'one client replays 100,000 entries from each log, over @sse/core on node:http',
  systems: ['memory', 'lmdb', 'redis', 'bare'],
  metrics: [
    { name: 'rate', label: 'events/s', better: 'more' },
    { name: 'seconds', label: 's', better: 'less' },
  ],
  targets: ['memory', 'lmdb', 'redis'].map((ours) => ({ ours, metric: 'rate', against: 'bare', bound: 0.5 })),
  isLong: true,
  missing: needsRedis,
  run: replayed,
};

async function replayed(subject: string): Promise<Outcome> {
  const history = 2 * ENTRIES;
  const stage = await (subject === 'bare'
    ? Stage.open('bare', { history })
    : Stage.open('core', { history, log: subject as LogName }));
  try {
    const { cursor } = await stage.call<{ cursor: string }>('remember', {
      count: ENTRIES + 1,
      eventBytes: EVENT_BYTES,
      from: 0,
    });
    const startedAt = performance.now();
    await stage.connect({ subscribers: 1, lastEventId: cursor, first: 1, strictly: 0 });
    await stage.arrived(ENTRIES, 60_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    const fault = faultOf(await stage.verdict(ENTRIES));
    return { values: { rate: ENTRIES / seconds, seconds }, ...(fault !== undefined && { isVoid: fault }) };
  } finally {
    await stage.close();
  }
}

export const t11: readonly Scenario[] = [disk, redis, replay];
