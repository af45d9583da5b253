import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port of the loopback interface; answers the port. */
export function listen(handle: RequestListener): Promise<number> {
  const server = createServer(handle);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

/** Answers what every system of this process has in common. */
export async function serveHere(
  handle: RequestListener,
): Promise<{ port: number; path: string; pids: number[]; collect: () => void }> {
  const port = await listen(handle);
  return { port, path: '/events', pids: [process.pid], collect: collectHere };
}

function collectHere(): void {
  globalThis.gc?.();
}
