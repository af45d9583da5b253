import type { Entry, EventId, LogGapReason, LogPage, LogStats } from '@sse/core';
import type { ChainReader } from './chain.ts';
import type { RawEntry } from './entry-codec.ts';
import { compareStreamIds } from './event-ids.ts';
import type { RedisLink } from './link.ts';
import type { RecentIds } from './recent-ids.ts';
import { FIND, LOOK, STATS } from './scripts.ts';
import { type LogSetting, type Session, unavailable } from './session.ts';

/** Entries asked for at once, at least, behind a page that was nothing but poison. */
const BEHIND_POISON = 1_000;

/** The state of a log, and what it holds after an id, of one moment. */
interface Look {
  readonly epoch: string | null;
  readonly born: string | null;
  readonly last: EventId | null;
  readonly after: readonly RawEntry[];
  readonly oldest: readonly RawEntry[];
}

/** Reads the stream: pages after an id, each proven to have no hole, or a gap. */
export class History {
  readonly #setting: LogSetting;
  readonly #link: RedisLink;
  readonly #chain: ChainReader;
  readonly #recent: RecentIds;

  constructor(setting: LogSetting, link: RedisLink, chain: ChainReader, recent: RecentIds) {
    this.#setting = setting;
    this.#link = link;
    this.#chain = chain;
    this.#recent = recent;
  }

  async read(after: EventId, limit: number): Promise<LogPage> {
    return this.#ask(async (session) => {
      // The cursor itself first: where the stream still holds it, one plain command is the proof.
      const [first, ...raw] = await this.#range(session, after, limit + 1);
      // The newest that is held may not be the newest that was given.
      if (first?.[0] !== after || raw.length === 0) return this.#examine(session, after, limit);
      return this.#page(session, raw, after, limit, raw.length < limit);
    });
  }

  async stats(): Promise<LogStats> {
    return this.#ask(async (session) => {
      const answer = (await session.run(STATS)) as [number, number, string, string];
      const [entries, bytes, oldest, newest] = answer;
      return { entries, bytes, ...(entries === 0 ? {} : { oldest, newest }) };
    });
  }

  async #ask<Answer>(ask: (session: Session) => Promise<Answer>): Promise<Answer> {
    try {
      return await ask(await this.#link.session());
    } catch (error) {
      throw unavailable('Redis did not answer; try again later', error);
    }
  }

  async #range(session: Session, from: string, count: number): Promise<RawEntry[]> {
    const command = ['XRANGE', this.#setting.keys.events, from, '+', 'COUNT', String(count)];
    return (await session.call(command)) as RawEntry[];
  }

  /** A page from raw entries that stand after `after`. One that has only poison is no proof that there is no more. */
  async #page(
    session: Session,
    raw: readonly RawEntry[],
    after: EventId,
    limit: number,
    isAll: boolean,
  ): Promise<LogPage> {
    const { entries, break: broken } = this.#chain.follow(raw, after, limit);
    // What stands before a break is whole; whoever reads on after it is told.
    if (entries.length > 0) return { kind: 'page', entries };
    if (broken === undefined && isAll) return this.#examine(session, after, limit);
    if (broken !== undefined) return this.#gap('evicted', this.#held(broken.rest, limit));
    const count = Math.max(limit, BEHIND_POISON);
    const more = await this.#range(session, `(${raw.at(-1)?.[0]}`, count);
    return this.#page(session, more, after, limit, more.length < count);
  }

  /** For an id that the stream does not hold, or after which it holds nothing: was it the newest that was ever given? */
  async #examine(session: Session, after: EventId, limit: number): Promise<LogPage> {
    const [epoch, born, last, next, oldest] = (await session.run(LOOK, after, String(limit + 1))) as [
      Look['epoch'],
      Look['born'],
      Look['last'],
      Look['after'],
      Look['oldest'],
    ];
    // The newest may have been dropped for its age, and so may the one before the oldest: nothing is missing then.
    if (after === last) return { kind: 'page', entries: [] };
    const isHeld = next[0]?.[0] === after;
    const rest = isHeld ? next.slice(1) : next;
    const chain = this.#chain.follow(rest, after, limit);
    if (chain.entries.length > 0) return { kind: 'page', entries: chain.entries };
    if (isHeld && chain.break === undefined && rest.length >= limit)
      return this.#page(session, rest, after, limit, false);
    // It was followed by entries that are gone: those of a failover, say.
    if (isHeld) return this.#gap('evicted', this.#held(rest, limit));
    const reason = reasonFor(after, { epoch, born, last, after: next, oldest });
    const parted = reason === 'unknown' ? await this.#afterParting(session, after, limit) : undefined;
    if (parted !== undefined) return this.#gap(reason, parted);
    let [raw, entries] = [oldest, this.#held(oldest, limit)];
    while (entries.length === 0 && raw.length > 0) {
      raw = await this.#range(session, `(${raw.at(-1)?.[0]}`, Math.max(limit, BEHIND_POISON));
      entries = this.#held(raw, limit);
    }
    return this.#gap(reason, entries);
  }

  /**
   * What follows the newest entry that whoever is at `after` has seen and the log still holds. A failover that lost its
   * newest entries is not to bring everyone all that they have had.
   */
  async #afterParting(
    session: Session,
    after: EventId,
    limit: number,
  ): Promise<readonly Entry[] | undefined> {
    const seen = this.#recent.before(after);
    if (seen.length === 0) return undefined;
    const common = (await session.run(FIND, ...seen)) as EventId | '';
    if (common === '') return undefined;
    return this.#held(await this.#range(session, `(${common}`, limit), limit);
  }

  /** What may follow a gap: any entry, and what follows that without another. */
  #held(raw: readonly RawEntry[], limit: number): readonly Entry[] {
    return this.#chain.follow(raw, undefined, limit).entries;
  }

  #gap(reason: LogGapReason, entries: readonly Entry[]): LogPage {
    const oldest = entries[0]?.id;
    return { kind: 'gap', reason, ...(oldest === undefined ? {} : { oldest }), entries };
  }
}

/** `evicted` for an id of this log that is older than the history; `unknown` for any that may be of another life. */
function reasonFor(after: EventId, { epoch, born, last, oldest }: Look): LogGapReason {
  if (after === epoch) return 'evicted';
  const first = oldest[0]?.[0] ?? last;
  const isEarlierLife = born === null || compareStreamIds(after, `${born}-0`) < 0;
  return !isEarlierLife && first !== null && compareStreamIds(after, first) < 0 ? 'evicted' : 'unknown';
}
