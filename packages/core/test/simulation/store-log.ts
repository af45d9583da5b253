import {
  type EventId,
  type EventLog,
  type LogPage,
  type LogStats,
  type NewEvent,
  SseError,
  type TailBatch,
} from '../../src/index.ts';
import type { Link } from './link.ts';
import type { Store } from './store.ts';
import { StoreTail } from './store-tail.ts';

/** One server's instance of the log on the shared store, behind its link. */
export class StoreLog implements EventLog {
  readonly #store: Store;
  readonly #link: Link;
  readonly #tails = new Set<StoreTail>();
  #closed = false;

  constructor(store: Store, link: Link) {
    this.#store = store;
    this.#link = link;
  }

  append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    return this.#ask(() => this.#store.append(events));
  }

  read(after: EventId, limit: number): Promise<LogPage> {
    return this.#ask(() => this.#store.read(after, limit));
  }

  tail(signal: AbortSignal): AsyncIterable<TailBatch> {
    this.#assertOpen();
    const tail = new StoreTail(this.#store, this.#link, signal, this.#tails);
    return { [Symbol.asyncIterator]: () => tail };
  }

  compare(a: EventId, b: EventId): number {
    return this.#store.compare(a, b);
  }

  parseId(text: string): EventId | undefined {
    return this.#store.parseId(text);
  }

  stats(): Promise<LogStats> {
    return this.#ask(() => this.#store.stats());
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const tail of this.#tails) tail.end();
  }

  async #ask<Answer>(effect: () => Answer): Promise<Answer> {
    this.#assertOpen();
    await this.#link.there();
    const answer = effect();
    await this.#link.back();
    return answer;
  }

  #assertOpen(): void {
    if (this.#closed) throw new SseError('closed', 'The log has been closed');
  }
}
