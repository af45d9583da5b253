import type { Broadcaster } from '@sse/core';
import type { Request, RequestHandler, Response } from 'express';
import { endpoint } from './endpoint.ts';
import { sendJson } from './json-answer.ts';
import type { Presence } from './presence.ts';

export interface HealthOptions {
  /** What your own producers say of themselves, by name. Shown only: the status is that of the log. */
  readonly producers?: () => Readonly<Record<string, string>>;
  /** Who knows of all clients, where this broadcaster has only some of them. @defaultValue the broadcaster */
  readonly presence?: Pick<Presence, 'count'> | undefined;
}

/** Milliseconds that a log has to say how much it holds; then it counts as lost. */
const STATS_TIMEOUT_MS = 2_000;

/**
 * Whether it works: 200 and `healthy`, or 503 and `unhealthy` while it starts or closes, and where the log does not
 * answer within 2 seconds. `event_history_size` is `null` where the log could not be asked.
 */
export function health(
  broadcaster: Pick<Broadcaster, 'stats' | 'status' | 'size'>,
  options: HealthOptions = {},
): RequestHandler {
  async function answer(_request: Request, response: Response): Promise<void> {
    const [entries, clients] = await Promise.all([
      historySize(broadcaster),
      options.presence?.count() ?? broadcaster.size,
    ]);
    const healthy = entries !== null && broadcaster.status === 'running';
    sendJson(response, {
      status: healthy ? 200 : 503,
      body: {
        status: healthy ? 'healthy' : 'unhealthy',
        connected_clients: clients,
        event_history_size: entries,
        producers: options.producers?.() ?? {},
      },
    });
  }

  return endpoint(['GET', 'HEAD'], answer);
}

/** Whether new streams are taken: 200 and `ready`, or 503 and why not: `starting`, `log_unavailable`, `closing`, `closed`. */
export function ready(broadcaster: Pick<Broadcaster, 'status'>): RequestHandler {
  return endpoint(['GET', 'HEAD'], (_request, response) => {
    const { status } = broadcaster;
    if (status === 'running') sendJson(response, { status: 200, body: { status: 'ready' } });
    else sendJson(response, { status: 503, body: { status } });
  });
}

async function historySize(broadcaster: Pick<Broadcaster, 'stats'>): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), STATS_TIMEOUT_MS);
  });
  const stats = broadcaster.stats().then(
    ({ log }) => log.entries,
    () => null,
  );
  return Promise.race([stats, timeout]).finally(() => clearTimeout(timer));
}
