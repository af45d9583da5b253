import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Served } from './serve.ts';

/** One TCP connection, and every byte that came over it. */
export class RawConnection {
  text = '';
  closed = false;
  private watchers: (() => void)[] = [];

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.text += text;
      this.changed();
    });
    socket.on('error', () => this.changed());
    socket.on('close', () => {
      this.closed = true;
      this.changed();
    });
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    onTestFinished(() => void socket.destroy());
    return new RawConnection(socket);
  }

  /** Sends lines, each ended by CRLF. */
  send(...lines: readonly string[]): this {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
    return this;
  }

  /** Waits until the text has `part`, `times` times. Rejects where the connection closes before. */
  async has(part: string, times = 1): Promise<this> {
    await this.until(() => this.text.split(part).length > times || this.closed);
    if (this.text.split(part).length <= times) throw new Error(`Closed without ${part}: ${this.text}`);
    return this;
  }

  async close(): Promise<void> {
    await this.until(() => this.closed);
  }

  private async until(done: () => boolean): Promise<void> {
    while (!done())
      await new Promise<void>((resolve) => {
        this.watchers.push(resolve);
      });
  }

  private changed(): void {
    const { watchers } = this;
    this.watchers = [];
    for (const watcher of watchers) watcher();
  }
}

/** Opens a stream over a connection of its own and waits for its first event. */
export async function openStream(
  port: number,
  path = '/stream',
  ...headers: readonly string[]
): Promise<RawConnection> {
  const connection = await RawConnection.open(port);
  connection.send(`GET ${path} HTTP/1.1`, 'Host: x', ...headers, '');
  return connection.has('"type":"connected"');
}

/** A connection from both ends: the client's, and the server's socket with what settles when it has closed. */
export async function openPair({ server, port }: Pick<Served, 'server' | 'port'>): Promise<{
  readonly connection: RawConnection;
  readonly socket: Socket;
  readonly closed: Promise<void>;
}> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const [connection, [socket]] = await Promise.all([RawConnection.open(port), accepted]);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  return { connection, socket, closed };
}
