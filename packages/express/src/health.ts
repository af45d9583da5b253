import type { Broadcaster, BroadcasterStats, TopicMap } from '@sse/core';
import type { RequestHandler } from 'express';
import { allowOnly } from './problem.ts';

export interface HealthOptions {
  /** What feeds the stream, and how it is: shown as it is. */
  readonly producers?: (() => Readonly<Record<string, string>>) | undefined;
}

/**
 * Whether it works: 200 with `healthy`, 503 with `unhealthy` where the log does not answer, or the broadcaster is not
 * running. A producer that has failed is shown, and changes nothing: the streams go on.
 */
export function health<Topics extends TopicMap>(
  broadcaster: Broadcaster<Topics>,
  { producers }: HealthOptions = {},
): RequestHandler {
  return async (request, response, next) => {
    try {
      allowOnly(request.method, 'GET', 'HEAD');
      const stats = await broadcaster.stats().catch((): BroadcasterStats | undefined => undefined);
      const healthy = stats?.status === 'running';
      response.status(healthy ? 200 : 503).set('Cache-Control', 'no-store');
      response.json({
        status: healthy ? 'healthy' : 'unhealthy',
        connected_clients: broadcaster.size,
        event_history_size: stats?.log.entries ?? 0,
        producers: producers?.() ?? {},
      });
    } catch (error) {
      next(error);
    }
  };
}

/** Whether it takes new streams: 200 with `ready`, or 503 with what it is instead (`starting`, `closing`, …). */
export function ready<Topics extends TopicMap>(broadcaster: Broadcaster<Topics>): RequestHandler {
  return (request, response, next) => {
    try {
      allowOnly(request.method, 'GET', 'HEAD');
      const { status } = broadcaster;
      const isReady = status === 'running';
      response.status(isReady ? 200 : 503).set('Cache-Control', 'no-store');
      response.json({ status: isReady ? 'ready' : status });
    } catch (error) {
      next(error);
    }
  };
}
