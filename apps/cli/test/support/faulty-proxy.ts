import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';

/** What a proxy does to a stream. */
export interface Faults {
  /** Holds the body back until it has so many bytes. */
  readonly bufferBytes?: number;
  /** Passes each part of the body on so much later. */
  readonly delayMs?: number;
  readonly isCompressing?: boolean;
  /** Headers of the request that do not reach the server. */
  readonly drops?: readonly string[];
  /** Parameters of the query that do not reach the server. */
  readonly dropsQuery?: string;
  /** Headers of the answer, changed or (with `''`) taken away. */
  readonly changes?: Readonly<Record<string, string>>;
  /** Ends a connection after so much silence. */
  readonly idleMs?: number;
}

const running = new Set<Server>();

/** Starts a proxy before `target` and answers with its address. */
export async function startProxy(target: string, faults: Faults = {}): Promise<string> {
  const server = createServer((incoming, outgoing) => forward(target, faults, incoming, outgoing));
  running.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function stopProxies(): void {
  for (const server of running) {
    server.close();
    server.closeAllConnections();
  }
  running.clear();
}

function forward(target: string, faults: Faults, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const url = new URL(incoming.url ?? '/', target);
  if (faults.dropsQuery !== undefined) url.searchParams.delete(faults.dropsQuery);
  const headers: NodeJS.Dict<string | string[]> = { ...incoming.headers, host: url.host };
  for (const name of faults.drops ?? []) delete headers[name];
  const upstream = request(url, { method: incoming.method, headers, agent: false }, (answer) => {
    const head: Record<string, string | string[] | undefined> = { ...answer.headers, ...faults.changes };
    for (const [name, value] of Object.entries(head))
      if (value === '' || value === undefined) delete head[name];
    if (faults.isCompressing) head['content-encoding'] = 'gzip';
    outgoing.writeHead(answer.statusCode ?? 502, head);
    outgoing.flushHeaders();
    if (answer.headers['content-type'] !== 'text/event-stream') answer.pipe(outgoing);
    else if (faults.isCompressing) answer.pipe(createGzip()).pipe(outgoing);
    else pass(answer, outgoing, faults);
  });
  upstream.on('error', () => outgoing.destroy());
  outgoing.on('close', () => upstream.destroy());
  incoming.pipe(upstream);
}

function pass(answer: IncomingMessage, outgoing: ServerResponse, faults: Faults): void {
  const { bufferBytes = 0, delayMs = 0, idleMs } = faults;
  let held: Buffer[] = [];
  const idle = idleMs === undefined ? undefined : setTimeout(() => outgoing.destroy(), idleMs);
  answer.on('data', (chunk: Buffer) => {
    idle?.refresh();
    held.push(chunk);
    const bytes = Buffer.concat(held);
    if (bytes.length < bufferBytes) return;
    held = [];
    setTimeout(() => outgoing.write(bytes), delayMs);
  });
  answer.on('error', () => outgoing.destroy());
}
