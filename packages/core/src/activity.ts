import type { Environment } from './environment.ts';
import type { Sink } from './sink.ts';

/** When a sink was last written to, and since when it has made no progress. */
export class Activity {
  readonly #sink: Sink;
  readonly #environment: Environment;
  /** By the monotonic clock. */
  lastWriteAt: number;
  #stalledSince: number | undefined;
  #lastBuffered = 0;

  constructor(sink: Sink, environment: Environment) {
    this.#sink = sink;
    this.#environment = environment;
    this.lastWriteAt = environment.elapsed();
  }

  /** Whether the sink said wait. */
  get waiting(): boolean {
    return this.#stalledSince !== undefined;
  }

  wrote(): void {
    this.lastWriteAt = this.#environment.elapsed();
  }

  /** The sink said wait; waiting begins anew. */
  waits(): void {
    this.#stalledSince = this.#environment.elapsed();
    this.#lastBuffered = this.#sink.bufferedBytes;
  }

  goesOn(): void {
    this.#stalledSince = undefined;
  }

  /** Milliseconds for which the sink has made no progress. Holding less than at the last look is progress. */
  stalledFor(now: number): number {
    const buffered = this.#sink.bufferedBytes;
    if (this.waiting && buffered < this.#lastBuffered) this.#stalledSince = now;
    this.#lastBuffered = buffered;
    return now - (this.#stalledSince ?? now);
  }
}
