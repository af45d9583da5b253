import { type Entry, SseError, type TailBatch } from '@sse/core';
import type { Connection, Follower } from './connection.ts';
import type { LmdbEventLogSettings } from './options.ts';
import type { Reader } from './reader.ts';

/** Entries that a tail hands on at once. */
const BATCH_SIZE = 1_000;

/** What is kept for a tail at the most. */
export type TailBounds = Pick<LmdbEventLogSettings, 'maxTailEntries' | 'maxTailBytes'>;

/**
 * One follower of the log. It has a place in the database and nothing in memory, but for entries that were dropped from
 * the history before it fetched them.
 */
export class Tail implements Follower {
  readonly #connection: Connection;
  readonly #reader: Reader;
  readonly #bounds: TailBounds;
  /** Dropped from the history, and not fetched yet. */
  #saved: Entry[] = [];
  #savedBytes = 0;
  #overrun = false;
  #ended = false;
  #wake = (): void => undefined;
  /** Number of the last entry that was fetched or saved. */
  #seq: number;
  readonly #start: number;

  constructor(connection: Connection, reader: Reader, bounds: TailBounds) {
    this.#connection = connection;
    this.#reader = reader;
    this.#bounds = bounds;
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

  save(seq: number, entry: Entry | undefined, bytes: number): void {
    if (this.#ended || this.#overrun || seq <= this.#seq) return;
    this.#seq = seq;
    if (entry === undefined) return;
    this.#saved.push(entry);
    this.#savedBytes += bytes;
    const { maxTailEntries, maxTailBytes } = this.#bounds;
    this.#overrun = this.#saved.length > maxTailEntries || this.#savedBytes > maxTailBytes;
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
    if (this.#overrun) {
      const { maxTailEntries, maxTailBytes } = this.#bounds;
      const message = `A follower fell more than ${maxTailEntries} entries or ${maxTailBytes} bytes behind what was dropped`;
      throw new SseError('log-overrun', message);
    }
    if (this.#saved.length > 0) {
      const entries = this.#saved.splice(0, BATCH_SIZE);
      if (this.#saved.length === 0) this.#savedBytes = 0;
      return entries;
    }
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
