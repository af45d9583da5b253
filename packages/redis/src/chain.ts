import type { Entry, EventId } from '@sse/core';
import { decodeEntry, type RawEntry } from './entry-codec.ts';
import { tell } from './link.ts';
import type { RedisLogHooks } from './options.ts';

/**
 * Reads raw entries as a chain. Every entry names the one appended just before it, so a reader knows with each that it
 * has them all; whatever removed entries in between, and however the ids went on.
 *
 * Poison (what is no entry of ours) is skipped and reported. It is no link: the next entry names the one before it.
 */
export class ChainReader {
  /** Entries that could not be read. */
  poisoned = 0;
  readonly #hooks: RedisLogHooks;

  constructor(hooks: RedisLogHooks) {
    this.#hooks = hooks;
  }

  /**
   * The entries of `raw` that follow `link` without a hole, at most `limit`.
   *
   * @param link - The id of the entry before; absent where the first may be any.
   */
  follow(raw: readonly RawEntry[], link: EventId | undefined, limit: number = raw.length): Chain {
    const entries: Entry[] = [];
    let [last, at] = [link, 0];
    for (; at < raw.length && entries.length < limit; at++) {
      const read = decodeEntry(raw[at] as RawEntry);
      if (typeof read === 'string') this.#skip(raw[at] as RawEntry, read);
      else if (last !== undefined && read.previous !== last)
        return { entries, break: { found: read.previous, rest: raw.slice(at) } };
      else {
        entries.push(read.entry);
        last = read.entry.id;
      }
    }
    return { entries };
  }

  #skip([id]: RawEntry, why: string): void {
    this.poisoned++;
    tell(() => this.#hooks.onPoison?.(id, why));
  }
}

export interface Chain {
  readonly entries: readonly Entry[];
  /** Where the chain breaks: the id that the next entry names, and the entries from that one on. */
  readonly break?: { readonly found: EventId; readonly rest: readonly RawEntry[] };
}
