import { type Entry, type EventId, SseError, type TailBatch } from '@sse/core';
import type { RedisLogBounds } from './options.ts';

/** What may wait for one follower. */
export type TailBounds = Pick<RedisLogBounds, 'maxTailEntries' | 'maxTailBytes'>;

/** What one follower has not fetched yet. Several share one reader; none waits for another. */
export class Tail {
  /** Where it began; absent until the reader is connected. */
  position: EventId | undefined;
  readonly #bounds: TailBounds;
  #pending: Entry[] = [];
  #pendingBytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(bounds: TailBounds) {
    this.#bounds = bounds;
  }

  begin(position: EventId): void {
    this.position = position;
    this.#wake();
  }

  /** @param bytes - Their size in UTF-16 units. */
  push(entries: readonly Entry[], bytes: number): void {
    const { maxTailEntries, maxTailBytes } = this.#bounds;
    const count = this.#pending.length + entries.length;
    const isTooMuch = count > maxTailEntries || this.#pendingBytes + bytes > maxTailBytes;
    // What comes at once is no sign of a slow follower, however much it is.
    if (isTooMuch && this.#pending.length > 0) {
      const message = `A follower fell more than ${maxTailEntries} entries or ${maxTailBytes} bytes behind the Redis log`;
      this.fail(new SseError('log-overrun', message));
    } else if (this.#failure === undefined) {
      for (const entry of entries) this.#pending.push(entry);
      this.#pendingBytes += bytes;
      this.#wake();
    }
  }

  /** Ends it with an error, once what came before has been fetched. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#pending = [];
    this.#wake();
  }

  /** Whether it takes no more. */
  get isOver(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  async *batches(): AsyncGenerator<TailBatch> {
    await this.#until(() => this.position !== undefined);
    if (this.#ended) return;
    if (this.position === undefined) throw this.#failure?.error;
    yield { entries: [], position: this.position };
    for (;;) {
      await this.#until(() => this.#pending.length > 0);
      if (this.#ended) return;
      const entries = this.#pending;
      this.#pending = [];
      this.#pendingBytes = 0;
      const last = entries.at(-1);
      if (last === undefined) throw this.#failure?.error;
      yield { entries, position: last.id };
    }
  }

  async #until(isReady: () => boolean): Promise<void> {
    while (!this.isOver && !isReady())
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}
