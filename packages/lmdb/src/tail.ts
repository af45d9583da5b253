import { type Entry, SseError, type TailBatch } from '@sse/core';
import type { Connection, Follower } from './connection.ts';
import type { Reader } from './reader.ts';

/** Entries that a tail hands on at once. */
const BATCH_SIZE = 1_000;

/**
 * One follower of the log. It has a place in the database and nothing in memory, but for entries that were dropped from
 * the history before it fetched them.
 */
export class Tail implements Follower {
  readonly #connection: Connection;
  readonly #reader: Reader;
  readonly #maxSaved: number;
  /** Dropped from the history, and not fetched yet. */
  #saved: Entry[] = [];
  #overrun = false;
  #ended = false;
  #wake = (): void => undefined;
  /** Number of the last entry that was fetched or saved. */
  #seq: number;
  readonly #start: number;

  constructor(connection: Connection, reader: Reader, maxSaved: number) {
    this.#connection = connection;
    this.#reader = reader;
    this.#maxSaved = maxSaved;
    this.#start = connection.state().newest;
    this.#seq = this.#start;
  }

  /** There is news in the log. */
  wake(): void {
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#saved = [];
    this.#wake();
  }

  /** The entry with this number is about to be dropped; it comes in the order of the numbers. */
  save(seq: number, entry: Entry | undefined): void {
    if (this.#ended || this.#overrun || seq <= this.#seq) return;
    this.#seq = seq;
    if (entry !== undefined) this.#saved.push(entry);
    this.#overrun = this.#saved.length > this.#maxSaved;
    if (this.#overrun) this.#saved = [];
  }

  async *batches(): AsyncGenerator<TailBatch> {
    let position = `${this.#connection.epoch}-${this.#start}`;
    for (let entries: readonly Entry[] = []; !this.#ended; entries = await this.#next()) {
      position = entries.at(-1)?.id ?? position;
      yield { entries, position };
    }
  }

  /** Waits for entries; none where it has ended. */
  async #next(): Promise<readonly Entry[]> {
    while (!this.#ended) {
      const entries = this.#fetch();
      if (entries.length > 0) return entries;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return [];
  }

  #fetch(): readonly Entry[] {
    if (this.#overrun)
      throw new SseError('log-overrun', `A follower fell more than ${this.#maxSaved} entries behind`);
    if (this.#saved.length > 0) return this.#saved.splice(0, BATCH_SIZE);
    const { newest, evictedThrough } = this.#connection.state();
    // What another process dropped could not be saved here.
    if (evictedThrough > this.#seq)
      throw new SseError('log-overrun', 'Entries were dropped by another process before a follower saw them');
    while (this.#seq < newest) {
      const { entries, through } = this.#reader.after(this.#seq, BATCH_SIZE);
      // Numbers beyond `through` are missing altogether; only a damaged database has such.
      this.#seq = entries.length > 0 ? through : newest;
      if (entries.length > 0) return entries;
    }
    return [];
  }
}
