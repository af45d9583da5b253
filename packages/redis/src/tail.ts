import { type Entry, type EventId, SseError, type TailBatch } from '@sse/core';

/** What one follower has not fetched yet. Several share one reader; none waits for another. */
export class Tail {
  /** Where it began; absent until the reader is connected. */
  position: EventId | undefined;
  readonly #maxEntries: number;
  #pending: Entry[] = [];
  #failure: { readonly error: unknown } | undefined;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  begin(position: EventId): void {
    this.position = position;
    this.#wake();
  }

  push(entries: readonly Entry[]): void {
    if (this.#pending.length + entries.length > this.#maxEntries) {
      const message = `A follower fell more than ${this.#maxEntries} entries behind the Redis log`;
      this.fail(new SseError('log-overrun', message));
    } else if (this.#failure === undefined) {
      for (const entry of entries) this.#pending.push(entry);
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
