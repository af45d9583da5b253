import { connect, type Socket } from 'node:net';

/** One keep-alive connection that posts, pipelined, and hears each answer. */
export class PostConnection {
  private readonly socket: Socket;
  private readonly waiting: { resolve: (body: string) => void; reject: (error: Error) => void }[] = [];
  private rest = '';

  constructor(
    port: number,
    private readonly head: string,
  ) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => this.hear(text));
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('The connection for publishing was closed')));
  }

  /** Settles with the body of the answer; rejects unless it is a 2xx. */
  post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(`${this.head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private hear(text: string): void {
    this.rest += text;
    for (;;) {
      const end = this.rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.rest.slice(0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (this.rest.length < end + 4 + length) return;
      const body = this.rest.slice(end + 4, end + 4 + length);
      this.rest = this.rest.slice(end + 4 + length);
      const waiting = this.waiting.shift();
      if (/^HTTP\/1\.1 2/.test(head)) waiting?.resolve(body);
      else waiting?.reject(new Error(`${head.split('\r\n')[0]} ${body}`));
    }
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}
