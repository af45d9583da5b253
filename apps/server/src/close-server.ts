import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface CloseOptions {
  /** Settles when the streams have left. */
  readonly drained: Promise<void>;
  readonly deadlineMs: number;
  /** Whether it takes connections until then, so that probes see it drain; others may take them instead. */
  readonly listening: boolean;
}

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
  await Promise.race([closed, deadline]);
  server.closeAllConnections();
  await closed;
  abort.abort();
}
