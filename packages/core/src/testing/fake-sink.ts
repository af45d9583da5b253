import type { Sink } from '../sink.ts';

export interface FakeSinkOptions {
  /** Bytes that may be held before it says wait. @defaultValue 16 384 */
  readonly highWaterMark?: number;
  /** Whether the peer reads by itself what is written. @defaultValue true */
  readonly reading?: boolean;
}

/** A sink without a connection: the test is its peer, and decides when it reads, how much, and when it leaves. */
export class FakeSink implements Sink {
  readonly signal: AbortSignal;
  /** Set once `end()` was called. */
  ended = false;
  /** Set once `destroy()` was called. */
  destroyed = false;
  /** Writes so far. */
  writes = 0;
  private readonly abort = new AbortController();
  private readonly highWaterMark: number;
  private readonly decoder = new TextDecoder();
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  private received = '';
  private reading: boolean;
  private waiters: (() => void)[] = [];

  constructor(options: FakeSinkOptions = {}) {
    this.signal = this.abort.signal;
    this.highWaterMark = options.highWaterMark ?? 16_384;
    this.reading = options.reading ?? true;
  }

  get bufferedBytes(): number {
    return this.heldBytes;
  }

  /** What the peer has read. */
  get text(): string {
    return this.received;
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.signal.aborted) return true;
    this.writes++;
    this.held.push(bytes);
    this.heldBytes += bytes.byteLength;
    if (this.reading) this.read();
    return this.heldBytes < this.highWaterMark;
  }

  writable(): Promise<void> {
    if (this.signal.aborted || this.heldBytes < this.highWaterMark) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push(resolve);
    });
  }

  end(): void {
    this.ended = true;
    if (this.heldBytes === 0) this.leave();
  }

  destroy(): void {
    this.destroyed = true;
    this.leave();
  }

  /** The peer stops reading by itself. */
  stall(): void {
    this.reading = false;
  }

  /** The peer reads what there is, and from now on by itself. */
  flow(): void {
    this.reading = true;
    this.read();
  }

  /** The peer reads up to `maxBytes` of what is held. */
  read(maxBytes: number = Number.POSITIVE_INFINITY): void {
    let left = maxBytes;
    while (left > 0) {
      const first = this.held[0];
      if (first === undefined) break;
      const part = first.subarray(0, left);
      if (part.byteLength === first.byteLength) this.held.shift();
      else this.held[0] = first.subarray(part.byteLength);
      left -= part.byteLength;
      this.heldBytes -= part.byteLength;
      this.received += this.decoder.decode(part, { stream: true });
    }
    if (this.heldBytes < this.highWaterMark) this.release();
    if (this.ended && this.heldBytes === 0) this.leave();
  }

  /** The peer is gone; what it has not read is lost. */
  leave(): void {
    if (this.signal.aborted) return;
    this.held = [];
    this.heldBytes = 0;
    this.abort.abort();
    this.release();
  }

  private release(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const waiter of waiters) waiter();
  }
}
