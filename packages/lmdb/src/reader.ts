import type { Entry } from '@sse/core';
import type { Connection } from './connection.ts';
import { decodeEntry } from './entry-codec.ts';
import type { DamagedEntry } from './options.ts';

/** What one page takes at the most, beyond a first entry of any size. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Entries in order, and the number through which the log has been read for them. */
export interface Slice {
  readonly entries: readonly Entry[];
  readonly through: number;
}

/** Reads entries, and tells of each that can't be read once. */
export class Reader {
  readonly #connection: Connection;
  readonly #onDamagedEntry: (entry: DamagedEntry) => void;
  /** Damaged ones told of; bounded, so that a database that is damaged all over is told of again and again. */
  readonly #told = new Set<number>();

  constructor(connection: Connection, onDamagedEntry: (entry: DamagedEntry) => void) {
    this.#connection = connection;
    this.#onDamagedEntry = onDamagedEntry;
  }

  /** At most `limit` entries of those after `seq`. Without entries, there are none that can be read. */
  after(seq: number, limit: number): Slice {
    const entries: Entry[] = [];
    let [through, bytes] = [seq, 0];
    for (const { key, value } of this.#connection.entries.getRange({ start: seq + 1 })) {
      if (entries.length >= limit || (entries.length > 0 && bytes + value.length > PAGE_BYTES)) break;
      bytes += value.length;
      through = key;
      const entry = this.decode(key, value);
      if (entry !== undefined) entries.push(entry);
    }
    return { entries, through };
  }

  /** The entry that `value` is, or `undefined` where it is none. */
  decode(seq: number, value: Buffer): Entry | undefined {
    try {
      return { ...decodeEntry(value), id: `${this.#connection.epoch}-${seq}` };
    } catch (error) {
      if (this.#told.has(seq)) return undefined;
      if (this.#told.size >= 1_000) this.#told.clear();
      this.#told.add(seq);
      this.#onDamagedEntry({ seq, reason: (error as Error).message });
      return undefined;
    }
  }
}
