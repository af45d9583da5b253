import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Closes a server whose streams are being ended: waits for `drained`, and for the requests under way, at most
 * `deadlineMs`; then cuts what is left. Until the streams have left it still answers, so that probes see it drain.
 */
export async function closeServer(server: Server, drained: Promise<void>, deadlineMs: number): Promise<void> {
  const abort = new AbortController();
  const deadline = wait(deadlineMs, undefined, { signal: abort.signal }).catch(() => undefined);
  await Promise.race([drained, deadline]);
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  await Promise.race([closed, deadline]);
  server.closeAllConnections();
  await closed;
  abort.abort();
}
