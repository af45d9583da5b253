import {
  type EventId,
  type EventLog,
  type LogPage,
  type LogStats,
  type NewEvent,
  SseError,
  type TailBatch,
} from '@sse/core';
import { AppendQueue } from './append-queue.ts';
import { Connection } from './connection.ts';
import { checkSettings, type LmdbEventLogOptions, type LmdbEventLogSettings } from './options.ts';
import { Pruner } from './pruner.ts';
import { Reader } from './reader.ts';
import type { State } from './state.ts';
import { Tail } from './tail.ts';
import { unavailable } from './unavailable.ts';

const ID = /^([a-z0-9]{1,32})-(0|[1-9][0-9]{0,14})$/;

/**
 * An event log in a file of this machine: what it has acknowledged is on the disk, and other processes may have the same
 * file open. All of them share one order, and each tail brings the entries of all.
 *
 * Ids are `<epoch>-<seq>`. The epoch is random for each file, and stays with it over restarts.
 *
 * @example
 * ```ts
 * const broadcaster = new Broadcaster({ log: new LmdbEventLog({ path: './data/events.lmdb' }) });
 * ```
 */
export class LmdbEventLog implements EventLog {
  readonly #settings: LmdbEventLogSettings;
  readonly #connection: Connection;
  readonly #queue: AppendQueue;
  readonly #reader: Reader;
  readonly #pruner: Pruner;
  /** What ends each open tail. */
  readonly #tails = new Set<() => void>();
  #closing: Promise<void> | undefined;

  /**
   * Opens the file, or makes it.
   *
   * @throws SseError `invalid-option` where an option is wrong, or the file is damaged, of another program or of a
   * later version; it is then left as it is. `log-unavailable` where it can't be opened.
   */
  constructor(options: LmdbEventLogOptions) {
    this.#settings = checkSettings(options);
    this.#connection = Connection.acquire(this.#settings);
    this.#reader = new Reader(this.#connection, this.#settings.onDamagedEntry);
    this.#pruner = new Pruner(this.#connection, this.#reader, this.#settings);
    this.#queue = new AppendQueue(this.#connection, this.#settings, () => this.#pruner.afterAppend());
  }

  async append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    this.#assertOpen();
    return this.#queue.append(events);
  }

  async read(after: EventId, limit: number): Promise<LogPage> {
    return this.#reading((state) => {
      const { epoch } = this.#connection;
      const { newest, evictedThrough } = state;
      const { epoch: ofEpoch, seq } = splitId(after);
      if (ofEpoch === epoch && seq >= evictedThrough && seq <= newest)
        return { kind: 'page', entries: this.#reader.after(seq, limit).entries };
      const { entries } = this.#reader.after(evictedThrough, limit);
      return {
        kind: 'gap',
        reason: ofEpoch === epoch && seq < evictedThrough ? 'evicted' : 'unknown',
        ...(newest === evictedThrough ? {} : { oldest: entries[0]?.id ?? `${epoch}-${evictedThrough + 1}` }),
        entries,
      };
    });
  }

  tail(signal: AbortSignal): AsyncIterable<TailBatch> {
    this.#assertOpen();
    // From now on, not from the first fetch on.
    const tail = new Tail(this.#connection, this.#reader, this.#settings);
    const unfollow = this.#connection.follow(tail);
    const end = (): void => {
      signal.removeEventListener('abort', end);
      this.#tails.delete(end);
      unfollow();
      tail.end();
    };
    this.#tails.add(end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    const batches = tail.batches();
    const failed = async (cause: unknown): Promise<never> => {
      end();
      throw await unavailable(this.#connection.path, 'Following', cause);
    };
    // Not the generator itself: one that was never asked for anything would not notice that it is given up.
    const iterator: AsyncIterator<TailBatch> = {
      next: () => batches.next().catch(failed),
      return: () => {
        end();
        return batches.return(undefined);
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  compare(a: EventId, b: EventId): number {
    return splitId(a).seq - splitId(b).seq;
  }

  parseId(text: string): EventId | undefined {
    return ID.test(text) ? text : undefined;
  }

  async stats(): Promise<LogStats> {
    return this.#reading(({ newest, evictedThrough, bytes }) => {
      const { epoch } = this.#connection;
      const ends = { oldest: `${epoch}-${evictedThrough + 1}`, newest: `${epoch}-${newest}` };
      return { entries: newest - evictedThrough, bytes, ...(newest === evictedThrough ? {} : ends) };
    });
  }

  /** Drops now what is beyond the bounds, and would be dropped soon anyway. */
  async prune(): Promise<void> {
    this.#assertOpen();
    await this.#pruner.prune();
  }

  /** Writes what waits, ends every tail and closes the file. Later calls reject with `closed`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const end of this.#tails) end();
    await this.#queue.drained();
    await this.#pruner.stop();
    await this.#connection.release();
  }

  async #reading<Answer>(read: (state: State) => Answer): Promise<Answer> {
    this.#assertOpen();
    try {
      return read(this.#connection.state());
    } catch (cause) {
      throw await unavailable(this.#connection.path, 'Reading', cause);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new SseError('closed', 'The event log has been closed');
  }
}

function splitId(id: EventId): { epoch: string; seq: number } {
  const at = id.lastIndexOf('-');
  return { epoch: id.slice(0, at), seq: Number(id.slice(at + 1)) };
}
