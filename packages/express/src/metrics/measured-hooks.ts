import type { BroadcasterHooks, Client, ConnectedEvent } from '@sse/core';
import { Counter, Histogram } from 'prom-client';
import type { MetricsOptions } from './broadcaster-metrics.ts';

type Resume = ConnectedEvent['resume'];

const RESUMES: readonly Resume[] = ['new', 'resumed', 'reset'];
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The same hooks, with two metrics beside: how streams began (`sse_connects_total`, of which `resumed` and `reset` are
 * clients that came back), and how long those that came back took to catch up (`sse_replay_duration_seconds`).
 */
export function measuredHooks(hooks: BroadcasterHooks, { registry }: MetricsOptions): BroadcasterHooks {
  const connects = new Counter({
    name: 'sse_connects_total',
    help: 'Streams that became live, by how they began: new, resumed after their cursor, reset after a gap',
    labelNames: ['resume'],
    registers: [registry],
  });
  for (const resume of RESUMES) connects.inc({ resume }, 0);
  const replays = new Histogram({
    name: 'sse_replay_duration_seconds',
    help: 'Time from the begin of a stream with a cursor until it was live',
    buckets: SECONDS,
    registers: [registry],
  });

  return {
    ...hooks,
    onLive(client: Client, resume) {
      connects.inc({ resume });
      // A clock that was set back meanwhile must not take away from the sum.
      if (resume !== 'new') replays.observe(Math.max(0, Date.now() - client.connectedAt) / 1_000);
      return hooks.onLive?.(client, resume);
    },
  };
}
