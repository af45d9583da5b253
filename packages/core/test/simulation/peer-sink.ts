import type { Sink } from '../../src/index.ts';

/** Made once: the error that `abort` makes by itself takes longer than all the rest of a connection. */
const GONE = new Error('The peer is gone');

/**
 * A sink without a connection, as `FakeSink` is, that hands on what is read the moment it is: the text of a stream is
 * not gathered, and what many are given is parsed once.
 */
export class PeerSink implements Sink {
  readonly signal: AbortSignal;
  /** Most bytes that it ever held. */
  mostHeld = 0;
  readonly #abort = new AbortController();
  readonly #highWaterMark: number;
  readonly #receive: (bytes: Uint8Array) => void;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #reading: boolean;
  #ended = false;
  #waiters: (() => void)[] = [];

  constructor(highWaterMark: number, reading: boolean, receive: (bytes: Uint8Array) => void) {
    this.signal = this.#abort.signal;
    this.#highWaterMark = highWaterMark;
    this.#reading = reading;
    this.#receive = receive;
  }

  get bufferedBytes(): number {
    return this.#heldBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.signal.aborted) return true;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#reading) this.read();
    this.mostHeld = Math.max(this.mostHeld, this.#heldBytes);
    return this.#heldBytes < this.#highWaterMark;
  }

  writable(): Promise<void> {
    if (this.signal.aborted || this.#heldBytes < this.#highWaterMark) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  end(): void {
    this.#ended = true;
    if (this.#heldBytes === 0) this.leave();
  }

  destroy(): void {
    this.leave();
  }

  /** The peer stops reading by itself. */
  stall(): void {
    this.#reading = false;
  }

  /** The peer reads what there is, and from now on by itself. */
  flow(): void {
    this.#reading = true;
    this.read();
  }

  /** The peer reads up to `most` bytes of what is held. */
  read(most: number = Number.POSITIVE_INFINITY): void {
    for (let left = most; left > 0; ) {
      const first = this.#held.shift();
      if (first === undefined) break;
      const part = left < first.length ? first.subarray(0, left) : first;
      if (part !== first) this.#held.unshift(first.subarray(left));
      left -= part.length;
      this.#heldBytes -= part.length;
      this.#receive(part);
    }
    if (this.#heldBytes < this.#highWaterMark) this.#release();
    if (this.#ended && this.#heldBytes === 0) this.leave();
  }

  /** The peer is gone; what it has not read is lost. */
  leave(): void {
    if (this.signal.aborted) return;
    this.#held = [];
    this.#heldBytes = 0;
    this.#abort.abort(GONE);
    this.#release();
  }

  #release(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
