import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Sink } from '../sink.ts';
import { GONE, ignore } from './response-sink.ts';

/**
 * A stream over HTTP/1.1, straight to its connection.
 *
 * Node's response frames each chunk for each connection anew, in a cork and a write of its own; that costs a third of a
 * delivery. Here a buffer that many streams are given is framed once. Of each stream there is one listener and little
 * else: with ten thousand of them that is most of their memory (docs/performance.md).
 */
export class SocketSink implements Sink {
  readonly #response: ServerResponse;
  /** Taken now: after the end, a response no longer knows it. */
  readonly #socket: Socket;
  #ended = false;
  #full = false;
  #isOver = false;
  #listener: (() => void) | undefined;
  /** Made when its signal is first asked for. */
  #abort: AbortController | undefined;

  /** @param response - With its head set, and not sent. */
  constructor(response: ServerResponse) {
    this.#response = response;
    this.#socket = response.socket as Socket;
    this.#socket.on('close', this.#over);
    // The head and what is written in this turn leave in one packet, and by one call.
    this.#socket.cork();
    response.flushHeaders();
    process.nextTick(uncork, this.#socket);
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#isOver) this.#abort.abort(GONE);
    }
    return this.#abort.signal;
  }

  whenOver(listener: () => void): void {
    const before = this.#listener;
    if (this.#isOver) listener();
    // Hardly ever more than one; a list would keep room for seventeen.
    else if (before === undefined) this.#listener = listener;
    else
      this.#listener = () => {
        before();
        listener();
      };
  }

  get bufferedBytes(): number {
    return this.#isOver ? 0 : this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || !this.#socket.writable) return true;
    // A chunk of no bytes would be the end of the body.
    if (bytes.length === 0) return !this.#full;
    const framed = this.#response.chunkedEncoding ? frameChunk(bytes) : bytes;
    // Above its high-water mark Node answers false even where the kernel has taken all at once.
    this.#full = !this.#socket.write(framed) && this.#socket.writableLength > 0;
    return !this.#full;
  }

  writable(): Promise<void> {
    const socket = this.#socket;
    // What was drained before anybody asked will not be drained again.
    if (!this.#full || this.#isOver || !socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        socket.removeListener('drain', settle);
        socket.removeListener('close', settle);
        this.#full = false;
        resolve();
      };
      socket.on('drain', settle);
      socket.on('close', settle);
    });
  }

  end(): void {
    if (this.#ended || this.#isOver) return;
    this.#ended = true;
    // The connection may go on to another request; then the stream is over before it.
    this.#response.on('close', this.#over);
    this.#response.on('error', ignore);
    this.#response.end();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#ended = true;
    this.#socket.destroy();
    this.#over();
  }

  readonly #over = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#response.removeListener('close', this.#over);
    this.#socket.removeListener('close', this.#over);
    this.#abort?.abort(GONE);
    this.#listener?.();
    this.#listener = undefined;
  };
}

function uncork(socket: Socket): void {
  socket.uncork();
}

let lastBytes: Uint8Array | undefined;
let lastFrame: Uint8Array = new Uint8Array();

/** `bytes` as one chunk of a chunked body (RFC 9112, section 7.1); the same buffer for the same bytes, given in a row. */
function frameChunk(bytes: Uint8Array): Uint8Array {
  if (bytes === lastBytes) return lastFrame;
  const size = `${bytes.length.toString(16)}\r\n`;
  const frame = Buffer.allocUnsafe(size.length + bytes.length + 2);
  frame.write(size, 'latin1');
  frame.set(bytes, size.length);
  frame.write('\r\n', size.length + bytes.length, 'latin1');
  lastBytes = bytes;
  lastFrame = frame;
  return frame;
}
