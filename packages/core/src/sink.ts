/**
 * How bytes leave: one open response.
 *
 * Laws, run by `sinkLaws` of `@sse/core/testing` on every implementation:
 *
 * - Bytes arrive in the order of the writes, whole, unchanged, and nothing is sent twice.
 * - `write` and `end` never throw, not even after the peer has gone.
 * - After `write` answered `false`, `writable()` settles once the sink can take more or the peer is gone.
 * - When the peer goes, or after `destroy()`, `signal` aborts, and no listener of the sink is left behind. Listeners given
 *   to `whenOver`, where there is one, are then called once; one that comes later is called at once.
 * - A sink never changes the bytes it is given: the same buffer goes to many sinks.
 */
export interface Sink {
  /**
   * Takes all of `bytes`, which nobody changes from then on. `true`: can take more now. `false`: has taken these, but
   * wait for `writable()`.
   */
  write(bytes: Uint8Array): boolean;
  /** Settles when the sink can take more, or the peer is gone. Never rejects. */
  writable(): Promise<void>;
  /** Bytes taken but not yet handed to the operating system (or the reader). */
  readonly bufferedBytes: number;
  /** Lets what was taken leave, then closes. A second call does nothing. */
  end(): void;
  /** Drops what is still held and cuts the connection. A second call does nothing. */
  destroy(): void;
  /** Aborts when the connection is over, whoever ended it. */
  readonly signal: AbortSignal;
  /**
   * Calls `listener` once the connection is over, without a signal: an `AbortSignal` takes a kilobyte, which matters
   * where there are many thousands. Absent: `signal` alone says so.
   */
  whenOver?(listener: () => void): void;
}

/** Calls `listener` once the sink's connection is over; at once where it is already. */
export function whenOver(sink: Sink, listener: () => void): void {
  if (sink.whenOver !== undefined) sink.whenOver(listener);
  else if (sink.signal.aborted) listener();
  else sink.signal.addEventListener('abort', listener);
}

/**
 * The head of every stream, in any protocol version.
 *
 * `no-transform` keeps compressing middleware and proxies away (RFC 9111, section 5.2.2.6), `X-Accel-Buffering` turns
 * nginx' buffering off, and `nosniff` keeps a browser from reading the stream as a page.
 */
export const STREAM_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
});
