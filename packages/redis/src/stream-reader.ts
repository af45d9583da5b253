import { type Entry, type EventId, SseError, sseErrorCode, type TailBatch } from '@sse/core';
import type { ChainReader } from './chain.ts';
import type { RawEntry } from './entry-codec.ts';
import { compareStreamIds } from './event-ids.ts';
import { type RedisLink, tell } from './link.ts';
import type { RedisLogHooks } from './options.ts';
import { RecentIds } from './recent-ids.ts';
import { CHECK } from './scripts.ts';
import {
  type Following,
  isReplyError,
  type LogPosition,
  type LogSetting,
  type Session,
  unavailable,
} from './session.ts';
import { Tail } from './tail.ts';

/** Entries asked for at once: fewer where they are large, so that an answer is about as large at most. */
const READ_COUNT = 512;
const READ_BYTES = 4 * 1024 * 1024;

/**
 * Follows the stream for all tails of this process, by one blocking read on a connection of its own.
 *
 * "Now" is made an id once, when it connects; from then on it reads after ids. When the connection is lost, or an entry
 * does not follow the one before it, every tail fails: it is opened again at a new "now", and whoever follows reads
 * what lies in between from the history, which proves that there is no hole or says that there is one.
 */
export class StreamReader {
  /** Times that entries were found to be gone. */
  losses = 0;
  readonly #setting: LogSetting;
  readonly #link: RedisLink;
  readonly #chain: ChainReader;
  readonly #hooks: RedisLogHooks;
  /** What was read last, for the history. */
  readonly recent: RecentIds = new RecentIds();
  readonly #tails = new Set<Tail>();
  /** The newest entry read, while reading. */
  #newest: EventId | undefined;
  /** Entries asked for at once, by the size of those that came last. */
  #count = READ_COUNT / 8;
  #isRunning = false;

  constructor(setting: LogSetting, link: RedisLink, chain: ChainReader, hooks: RedisLogHooks) {
    this.#setting = setting;
    this.#link = link;
    this.#chain = chain;
    this.#hooks = hooks;
  }

  open(signal: AbortSignal): AsyncIterable<TailBatch> {
    const tail = new Tail(this.#setting.bounds);
    const end = (): void => {
      signal.removeEventListener('abort', end);
      this.#tails.delete(tail);
      tail.end();
    };
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    else {
      // From now on, not from the first fetch on.
      this.#tails.add(tail);
      if (this.#newest !== undefined) tail.begin(this.#newest);
      if (!this.#isRunning) void this.#run();
    }
    const batches = tail.batches();
    // Not the generator itself: one that was never asked for anything would not notice that it is given up.
    const iterator: AsyncIterator<TailBatch> = {
      next: () =>
        batches.next().catch((error: unknown) => {
          end();
          throw error;
        }),
      return: () => {
        end();
        return batches.return(undefined);
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  close(): void {
    for (const tail of this.#tails) tail.end();
    this.#tails.clear();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#tails.size > 0) {
      const opened = await this.#connect();
      if (opened === undefined) continue;
      try {
        await this.#follow(...opened).finally(() => opened[1].close());
      } catch (error) {
        this.#fail(error, (tail) => tail.position !== undefined);
      }
    }
    this.#isRunning = false;
  }

  /** Where Redis is away the tails wait; where it refuses they fail, so that somebody learns why. */
  async #connect(): Promise<[Session, Following] | undefined> {
    try {
      const session = await this.#link.connected();
      return [session, await session.follow()];
    } catch (error) {
      if (isReplyError(error) || sseErrorCode(error) !== undefined) this.#fail(error, () => true);
      return undefined;
    }
  }

  #fail(error: unknown, isMeant: (tail: Tail) => boolean): void {
    const failure = unavailable('The connection of the tail was lost', error);
    for (const tail of this.#tails) {
      if (!isMeant(tail)) continue;
      this.#tails.delete(tail);
      tail.fail(failure);
    }
  }

  async #follow(session: Session, { position, send }: Following): Promise<void> {
    this.#newest = position.last;
    this.recent.push([position.last]);
    for (const tail of this.#tails) tail.begin(position.last);
    // The id of the last one read, be it poison.
    let raw = position.last;
    // Whether the last read found nothing although there should be something.
    let isBehind = false;
    try {
      while (this.#tails.size > 0) {
        const entries = await this.#read(send, raw, isBehind);
        const last = entries.at(-1);
        if (last !== undefined) {
          raw = last[0];
          this.#take(entries);
        } else if (isBehind) this.#lost('entries that were appended are not in the stream any more');
        isBehind = last === undefined && (await this.#check(session, send, position));
      }
    } finally {
      // In the same turn: a tail that is opened from now on begins where the next connection does.
      this.#newest = undefined;
    }
  }

  async #read(send: Following['send'], after: EventId, now: boolean): Promise<readonly RawEntry[]> {
    const wait = now ? [] : ['BLOCK', String(this.#setting.bounds.blockMs)];
    const command = [
      'XREAD',
      'COUNT',
      String(this.#count),
      ...wait,
      'STREAMS',
      this.#setting.keys.events,
      after,
    ];
    const answer = (await send(command)) as readonly (readonly [string, readonly RawEntry[]])[] | null;
    return answer?.[0]?.[1] ?? [];
  }

  #take(raw: readonly RawEntry[]): void {
    const bytes = raw.reduce(
      (sum, [, texts]) => sum + texts.reduce((size, { length }) => size + length, 0),
      0,
    );
    this.#count = Math.max(1, Math.min(READ_COUNT, Math.floor((READ_BYTES * raw.length) / (bytes + 1))));
    const { entries, break: broken } = this.#chain.follow(raw, this.#newest);
    this.#give(entries, bytes);
    if (broken !== undefined) this.#lost(`the next entry follows ${broken.found}`);
  }

  #give(entries: readonly Entry[], bytes: number): void {
    this.#newest = entries.at(-1)?.id ?? this.#newest;
    if (entries.length === 0) return;
    this.#setting.known.saw(this.#newest);
    this.recent.push(entries.map(({ id }) => id));
    for (const tail of this.#tails) {
      tail.push(entries, bytes);
      if (tail.isOver) this.#tails.delete(tail);
    }
  }

  /** Nothing came for a while: is this still the log that was followed? Answers whether something should have come. */
  async #check(session: Session, send: Following['send'], { epoch }: LogPosition): Promise<boolean> {
    const { maxAgeMs } = this.#setting.bounds;
    const [now, last] = (await send(session.evaluate(CHECK, [String(maxAgeMs)]))) as (string | null)[];
    if (now !== epoch) this.#lost('the log has been emptied, or begun anew');
    const order = compareStreamIds(last ?? '0-0', this.#newest ?? '0-0');
    if (order < 0) this.#lost(`the newest entry is now ${last}`);
    return order > 0;
  }

  #lost(why: string): never {
    const after = this.#newest ?? '0-0';
    this.losses++;
    tell(() => this.#hooks.onLoss?.(after, why));
    throw new SseError('log-overrun', `Entries after ${after} may be lost: ${why}`);
  }
}
