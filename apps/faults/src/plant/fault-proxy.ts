import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Upstream {
  readonly host: string;
  readonly port: number;
}

/** A TCP proxy that does to connections what networks do. */
export class FaultProxy {
  /** Each piece of data is this late. */
  delayMs = 0;
  /** Pieces are at most this long. */
  sliceBytes: number = Number.POSITIVE_INFINITY;
  /** Connections are refused. */
  isOff = false;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #thawed: Promise<void> | undefined;
  #thaw: () => void = () => undefined;

  private constructor(upstream: () => Upstream) {
    this.#server = createServer((client) => void this.#join(client, upstream()));
  }

  /** @param upstream - asked with each connection, so that it can be another one each time. */
  static async start(upstream: () => Upstream, host = '127.0.0.1'): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    proxy.#server.listen(0, host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection, in the middle of whatever it carries. */
  cut(): void {
    for (const client of this.#clients) client.destroy();
  }

  /** As `cut`, with a reset. */
  reset(): void {
    for (const client of this.#clients) client.resetAndDestroy();
  }

  /** Nothing gets through, and nothing says so. */
  freeze(): void {
    this.#thawed ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#thaw();
    this.#thawed = undefined;
  }

  async close(): Promise<void> {
    this.thaw();
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #join(client: Socket, { host, port }: Upstream): Promise<void> {
    client.on('error', () => undefined);
    if (this.isOff) return void client.resetAndDestroy();
    this.#clients.add(client);
    const server = connect({ host, port });
    server.on('error', () => undefined);
    client.on('close', () => {
      this.#clients.delete(client);
      server.destroy();
    });
    server.on('close', () => client.destroy());
    await Promise.all([this.#carry(client, server), this.#carry(server, client)]);
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        for (let rest: Buffer = bytes; rest.length > 0; ) {
          await this.#thawed;
          if (this.delayMs > 0) await wait(this.delayMs);
          if (to.destroyed) return;
          const piece = rest.subarray(0, this.sliceBytes);
          rest = rest.subarray(piece.length);
          if (!to.write(piece) && !to.destroyed) await Promise.race([once(to, 'drain'), once(to, 'close')]);
          if (rest.length > 0) await wait(1);
        }
      }
    } catch {
      // One side broke; the other is told by the end.
    }
    to.end();
  }
}
