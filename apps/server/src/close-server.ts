import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface CloseOptions {
  /** Settles when the streams have left. */
  readonly drained: Promise<void>;
  readonly deadlineMs: number;
  /** Whether it takes connections until then, so that probes see it drain; others may take them instead. */
  readonly listening: boolean;
}

const IDLE_CHECK_MS = 50;

/**
 * Closes a server whose streams are being ended: waits for these, and for the requests under way, at most `deadlineMs`;
 * then cuts what is left.
 */
export async function closeServer(server: Server, options: CloseOptions): Promise<void> {
  const { drained, deadlineMs, listening } = options;
  const abort = new AbortController();
  const deadline = wait(deadlineMs, undefined, { signal: abort.signal }).catch(() => undefined);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
  const early = listening ? undefined : close();
  await Promise.race([drained, deadline]);
  const closed = early ?? close();
  server.closeIdleConnections();
  // Also those that are idle only once their last request has been answered.
  const again = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  await Promise.race([closed, deadline]);
  clearInterval(again);
  server.closeAllConnections();
  await closed;
  abort.abort();
}
