import { connect, type Socket } from 'node:net';
import type { ServerProcess } from './server-process.ts';

const MARK = Buffer.from('"n":"');
const DIGITS = 7;
/** Bytes of a mark with its number, less one: what may be left of it in an earlier part. */
const OVERLAP = MARK.length + DIGITS - 1;

/** A number as a `LightReader` finds it again; put it into an event as `n`. */
export function markOf(n: number): string {
  return String(n).padStart(DIGITS, '0');
}

/**
 * Reads a stream as cheaply as may be, for a thousand of them in one process: looks for the marks of events in the raw
 * bytes of the answer, and checks that they are 0, 1, 2, … without a hole or a repeat.
 */
export class LightReader {
  count = 0;
  /** The first number that was not the next one. */
  wrong: number | undefined;
  isOpen = false;
  over = false;
  private readonly socket: Socket;
  private tail: Buffer = Buffer.alloc(0);

  constructor(
    server: ServerProcess,
    path: string,
    private readonly onEvent: (n: number) => void = () => undefined,
  ) {
    this.socket = connect({ port: server.port, host: '127.0.0.1' });
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    this.socket.on('data', (bytes) => this.read(bytes));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.over = true;
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(bytes: Buffer): void {
    if (!this.isOpen) this.isOpen = bytes.includes('"type":"connected"');
    this.find(Buffer.concat([this.tail, bytes.subarray(0, OVERLAP)]));
    this.find(bytes);
    this.tail = Buffer.from(bytes.subarray(-OVERLAP));
  }

  private find(bytes: Buffer): void {
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
      const from = at + MARK.length;
      if (from + DIGITS > bytes.length) return;
      const n = Number(bytes.toString('latin1', from, from + DIGITS));
      if (n !== this.count) {
        this.wrong ??= n;
        continue;
      }
      this.count++;
      this.onEvent(n);
    }
  }
}
