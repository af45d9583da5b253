import type { Entry } from '@sse/core';
import type { Connection, Plan } from './connection.ts';
import { hashKey, readSeq } from './key-index.ts';
import type { LmdbEventLogSettings } from './options.ts';
import type { Reader } from './reader.ts';
import { SPARE_BYTES } from './room.ts';
import { type State, sizeOf } from './state.ts';

/** What one transaction drops at the most: some milliseconds of work, between which everything else gets its turn. */
const SLICE_SIZE = 1_000;
const SLICE_BYTES = 4 * 1024 * 1024;
const SLICE_MS = 5;
/** Wait after an append beyond the bounds, so that many appends are pruned at once and other processes see them first. */
const AFTER_APPEND_MS = 100;
const LONGEST_ROUND_MS = 60_000;
const SHORTEST_ROUND_MS = 1_000;

/** Drops what is beyond the bounds: soon after an append, and on its own rounds for what has become too old. */
export class Pruner {
  readonly #connection: Connection;
  readonly #reader: Reader;
  readonly #settings: LmdbEventLogSettings;
  #timer: NodeJS.Timeout | undefined;
  #round: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(connection: Connection, reader: Reader, settings: LmdbEventLogSettings) {
    this.#connection = connection;
    this.#reader = reader;
    this.#settings = settings;
    const roundMs = Math.min(Math.max(settings.maxAgeMs / 10, SHORTEST_ROUND_MS), LONGEST_ROUND_MS);
    this.#round = setInterval(() => this.#start(), roundMs).unref();
    this.#timer = setTimeout(() => this.#start(), 0).unref();
  }

  /** Makes sure that the log is looked at soon, if it is beyond a bound. */
  afterAppend(): void {
    if (this.#stopped || this.#timer !== undefined || this.#running !== undefined) return;
    const { newest, evictedThrough, bytes } = this.#connection.state();
    const { maxEntries, maxBytes } = this.#settings;
    if (newest - evictedThrough <= maxEntries && bytes <= maxBytes) return;
    this.#timer = setTimeout(() => this.#start(), AFTER_APPEND_MS).unref();
  }

  /** Drops all that is beyond the bounds now. */
  async prune(): Promise<void> {
    await this.#running;
    this.#running = this.#slices().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#round);
    await this.#running?.catch(() => undefined);
  }

  #start(): void {
    this.#timer = undefined;
    if (this.#stopped || this.#running !== undefined) return;
    this.prune().catch(this.#settings.onError);
  }

  async #slices(): Promise<void> {
    while (!this.#stopped && this.#isBeyond()) {
      this.#connection.assertRoom(SPARE_BYTES);
      await this.#connection.change((state) => this.#planSlice(state));
    }
  }

  /** Whether there is anything to do, found without a transaction. */
  #isBeyond(): boolean {
    const { newest, evictedThrough, bytes } = this.#connection.state();
    const { maxEntries, maxBytes } = this.#settings;
    if (newest - evictedThrough > maxEntries || bytes > maxBytes) return true;
    if (newest === evictedThrough) return false;
    for (const { key, value } of this.#connection.entries.getRange({ start: evictedThrough + 1, limit: 1 }))
      return this.#isTooOld(this.#reader.decode(key, value));
    return true;
  }

  #isTooOld(entry: Entry | undefined): boolean {
    const { environment, maxAgeMs } = this.#settings;
    // One that can't be read has no age, and is of no use.
    return entry === undefined || entry.time <= environment.now() - maxAgeMs;
  }

  #planSlice(state: State): Plan<void> {
    const { entries, keys } = this.#connection;
    const { maxEntries, maxBytes } = this.#settings;
    const writes: (() => void)[] = [];
    const startedAt = performance.now();
    let { evictedThrough, bytes } = state;
    const slice = this.#readSlice(evictedThrough + 1);
    for (const { key: seq, value } of slice) {
      // Numbers before it are missing; only a damaged database has such.
      evictedThrough = Math.max(evictedThrough, seq - 1);
      const entry = this.#reader.decode(seq, value);
      const isWithin = state.newest - seq + 1 <= maxEntries && bytes <= maxBytes;
      if (isWithin && !this.#isTooOld(entry)) break;
      if (writes.length > 0 && performance.now() - startedAt > SLICE_MS) break;
      this.#connection.beforeDrop(seq, entry, sizeOf(value));
      writes.push(() => void entries.remove(seq));
      if (entry?.idempotencyKey !== undefined) {
        const hash = hashKey(entry.idempotencyKey);
        if (readSeq(keys.get(hash)) === seq) writes.push(() => void keys.remove(hash));
      }
      bytes -= sizeOf(value);
      evictedThrough = seq;
    }
    if (slice.length === 0) [evictedThrough, bytes] = [state.newest, 0];
    if (evictedThrough === state.evictedThrough) return { result: undefined, writes };
    const { newest } = state;
    return { result: undefined, writes, state: { newest, evictedThrough, bytes: Math.max(bytes, 0) } };
  }

  #readSlice(start: number): readonly { readonly key: number; readonly value: Buffer }[] {
    const slice: { key: number; value: Buffer }[] = [];
    let bytes = 0;
    for (const { key, value } of this.#connection.entries.getRange({ start, limit: SLICE_SIZE })) {
      slice.push({ key, value });
      bytes += value.length;
      if (bytes > SLICE_BYTES) break;
    }
    return slice;
  }
}
