import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse, Http2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Sink } from '../sink.ts';

/** A stream over a response's own `write`: HTTP/2, and responses that something else has its hands in. */
export class ResponseSink implements Sink {
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  readonly #response: ServerResponse;
  readonly #stream: Http2Stream | undefined;
  /** Taken now: after the end, a response no longer knows the connection whose end has to be noticed. */
  readonly #connection: Http2Stream | Socket | null;
  #ended = false;
  #full = false;
  #waiters: (() => void)[] = [];

  /** @param flush - Whether the head, which is set, is to be sent. */
  constructor(response: ServerResponse | Http2ServerResponse, flush = false) {
    this.signal = this.#abort.signal;
    // Where the two differ beside their types, `stream` says so.
    this.#response = response as ServerResponse;
    this.#stream = 'stream' in response ? response.stream : undefined;
    this.#connection = this.#stream ?? this.#response.socket;
    // `close` of the response alone is missed for a pipelined request; that of the request comes too early for a POST.
    response.on('close', this.#over);
    response.on('drain', this.#drained);
    this.#connection?.once('close', this.#over);
    // Writing after the peer has gone makes an error of its own; the end is noticed by `close`.
    response.on('error', ignore);
    if (flush) this.#response.flushHeaders();
  }

  get bufferedBytes(): number {
    return this.signal.aborted ? 0 : this.#response.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.signal.aborted) return true;
    // Above its high-water mark Node answers false even where the kernel has taken all at once.
    this.#full = !this.#response.write(bytes) && this.#response.writableLength > 0;
    return !this.#full;
  }

  writable(): Promise<void> {
    if (!this.#full || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  end(): void {
    if (this.#ended || this.signal.aborted) return;
    this.#ended = true;
    this.#response.end();
  }

  destroy(): void {
    if (this.signal.aborted) return;
    this.#ended = true;
    if (this.#stream !== undefined) {
      this.#stream.close(CANCEL);
      this.#stream.destroy();
    } else {
      // A pipelined response has no connection yet; its request knows it.
      this.#response.req.socket.destroy();
      this.#response.destroy();
    }
    this.#over();
  }

  readonly #drained = (): void => {
    this.#full = false;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  };

  readonly #over = (): void => {
    if (this.signal.aborted) return;
    this.#response.removeListener('close', this.#over);
    this.#response.removeListener('drain', this.#drained);
    this.#connection?.removeListener('close', this.#over);
    this.#abort.abort(GONE);
    this.#drained();
  };
}

/** RFC 9113, section 7: the stream is no longer needed. */
const CANCEL = 8;

/** Why a signal aborts: one for all, because making an error for each would be the dearest part of a disconnect. */
export const GONE: unknown = 'The connection is over';

/** See where it is attached. */
export function ignore(): void {
  // Nothing is to be done.
}
