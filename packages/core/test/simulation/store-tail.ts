import { type Entry, SseError, type TailBatch } from '../../src/index.ts';
import type { Link } from './link.ts';
import type { Place, Store } from './store.ts';

type Next = IteratorResult<TailBatch, undefined>;

/**
 * One follower of the store. What was added is fetched after a delay of its own, in order; one that finds its place
 * gone, because it was evicted or lost, fails.
 */
export class StoreTail implements AsyncIterator<TailBatch, undefined> {
  readonly #store: Store;
  readonly #link: Link;
  readonly #signal: AbortSignal;
  /** The open tails of its log, itself included. */
  readonly #open: Set<StoreTail>;
  /** The newest place fetched; there is none before the tail has opened. */
  #place: Place | undefined;
  #isFetching = false;
  #fetched: Entry[] = [];
  #begins: TailBatch | undefined;
  #error: Error | undefined;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(store: Store, link: Link, signal: AbortSignal, open: Set<StoreTail>) {
    this.#store = store;
    this.#link = link;
    this.#signal = signal;
    this.#open = open;
    open.add(this);
    signal.addEventListener('abort', this.end);
    link.onCut.add(this.#fail);
    store.followers.add(this.#notice);
    if (signal.aborted) this.end();
    else void this.#begin().catch(this.#fail);
  }

  async next(): Promise<Next> {
    for (;;) {
      if (this.#begins !== undefined) {
        const value = this.#begins;
        this.#begins = undefined;
        return { done: false, value };
      }
      const entries = this.#fetched;
      const last = entries.at(-1);
      if (last !== undefined) {
        this.#fetched = [];
        return { done: false, value: { entries, position: last.id } };
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  return(): Promise<Next> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends it without an error. What was fetched is given up. */
  readonly end: () => void = () => {
    this.#fetched = [];
    this.#begins = undefined;
    this.#stop();
  };

  readonly #fail = (error: Error): void => {
    if (this.#ended) return;
    this.#error = error;
    if (this.#link.losesFetched()) this.#fetched = [];
    this.#stop();
  };

  readonly #notice = (): void => {
    if (this.#place === undefined || this.#isFetching) return;
    this.#isFetching = true;
    if (!this.#link.isPerfect) void this.#link.there(0).then(this.#fetch).catch(this.#fail);
    else this.#fetch();
  };

  readonly #fetch = (): void => {
    this.#isFetching = false;
    if (this.#ended || this.#place === undefined || this.#link.dead) return;
    const entries = this.#store.after(this.#place);
    if (entries === undefined)
      return this.#fail(new SseError('log-unavailable', 'The place of this follower is gone'));
    this.#place = this.#store.newest;
    this.#fetched.push(...entries);
    this.#wake();
  };

  async #begin(): Promise<void> {
    await this.#link.there();
    const place = this.#store.newest;
    await this.#link.back();
    if (this.#ended) return;
    this.#place = place;
    this.#begins = { entries: [], position: place.id };
    this.#wake();
    if (this.#store.newest !== place) this.#notice();
  }

  #stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal.removeEventListener('abort', this.end);
    this.#link.onCut.delete(this.#fail);
    this.#store.followers.delete(this.#notice);
    this.#wake();
    this.#open.delete(this);
  }
}
