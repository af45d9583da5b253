import type { Entry, EventId, LogPage, LogStats, NewEvent } from '../../src/index.ts';
import type { Happening } from './records.ts';

export interface StoreOptions {
  readonly maxEntries: number;
  readonly maxAgeMs: number;
  /** Whether a gap goes on where the lost history and the present one part, or with all that is held. */
  readonly knowsParting: boolean;
  readonly now: () => number;
  /** Two random letters for each life. */
  readonly letters: () => string;
  readonly note: (happening: Happening) => void;
}

/** A place in the store's history: an entry, or a beginning. */
export interface Place {
  readonly id: EventId;
  readonly seq: number;
  readonly before: Place | undefined;
  readonly entry: Entry | undefined;
  lost: boolean;
}

const ID = /^t[0-9a-z]{4}-(0|[1-9][0-9]{0,8})$/;
const FOREIGN_ID = /^[0-9a-z]{5}-(0|[1-9][0-9]{0,8})$/;

/**
 * The store that all servers share: history, order and ids, without any delay.
 *
 * Ids are `<life>-<seq>`. A failover that loses the newest entries goes on with their numbers in a new life, as does
 * a flush, so an id is never given twice. Lives increase, and ids with them.
 */
export class Store {
  /** Called after entries were added, before any is evicted, and where a follower may notice a failover. */
  readonly followers: Set<() => void> = new Set();
  readonly #options: StoreOptions;
  readonly #places = new Map<EventId, Place>();
  readonly #byKey = new Map<string, Place>();
  #held: Place[] = [];
  /** The place right before the oldest one held. */
  #base: Place;
  #life = 0;
  #epoch = '';

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#base = this.#begin();
  }

  get newest(): Place {
    return this.#held.at(-1) ?? this.#base;
  }

  append(events: readonly NewEvent[]): EventId[] {
    this.evict();
    const ids = events.map((event) => this.#add(event));
    for (const follower of this.followers) follower();
    this.evict();
    return ids;
  }

  read(after: EventId, limit: number): LogPage {
    this.evict();
    const place = this.#places.get(after);
    const entries = place && this.after(place, limit);
    if (entries !== undefined) return { kind: 'page', entries };
    const reason = place === undefined || place.lost ? 'unknown' : 'evicted';
    const rest = this.after(this.#parting(place) ?? this.#base, limit) ?? [];
    const oldest = rest[0]?.id;
    return { kind: 'gap', reason, entries: rest, ...(oldest === undefined ? {} : { oldest }) };
  }

  /** The entries after a place; `undefined` where some of them may be gone. */
  after(place: Place, limit: number = Number.POSITIVE_INFINITY): Entry[] | undefined {
    const from = place.seq - this.#base.seq;
    if (place.lost || from < 0) return undefined;
    return this.#held.slice(from, from + limit).flatMap(({ entry }) => entry ?? []);
  }

  compare(a: EventId, b: EventId): number {
    const [lifeOfA, lifeOfB] = [a.slice(0, 5), b.slice(0, 5)];
    if (lifeOfA !== lifeOfB) return lifeOfA < lifeOfB ? -1 : 1;
    return Number(a.slice(6)) - Number(b.slice(6));
  }

  parseId(text: string): EventId | undefined {
    return ID.test(text) || FOREIGN_ID.test(text) ? text : undefined;
  }

  stats(): LogStats {
    this.evict();
    const [first] = this.#held;
    const ends = first === undefined ? {} : { oldest: first.id, newest: this.newest.id };
    return { entries: this.#held.length, bytes: 100 * this.#held.length, ...ends };
  }

  /** Drops what is beyond the bounds, and all but the newest `keep`. */
  evict(keep: number = this.#options.maxEntries): void {
    const { maxAgeMs, now } = this.#options;
    const tooOld = now() - maxAgeMs;
    let count = Math.max(0, this.#held.length - keep);
    while ((this.#held[count]?.entry?.time ?? Number.POSITIVE_INFINITY) <= tooOld) count++;
    if (count > 0) this.#options.note({ kind: 'evict', ids: this.#drop(0, count) });
  }

  /** Goes on without its newest `count` entries, as after an asynchronous failover; without any, all of it is lost. */
  lose(count: number = this.#held.length): void {
    const isAll = count >= this.#held.length;
    const keep = isAll ? 0 : this.#held.length - count;
    if (isAll) for (let place = this.#base; !place.lost; place = place.before ?? place) place.lost = true;
    else this.#epoch = this.#nextEpoch();
    for (const place of this.#held.slice(keep)) place.lost = true;
    const ids = this.#drop(keep, this.#held.length - keep);
    if (isAll) this.#base = this.#begin();
    this.#options.note({ kind: 'lose', ids, newest: this.newest.id });
  }

  #begin(): Place {
    this.#epoch = this.#nextEpoch();
    const place: Place = { id: `${this.#epoch}-0`, seq: 0, before: undefined, entry: undefined, lost: false };
    this.#places.set(place.id, place);
    this.#options.note({ kind: 'begin', id: place.id });
    return place;
  }

  #nextEpoch(): string {
    return `t${(++this.#life).toString(36).padStart(2, '0')}${this.#options.letters()}`;
  }

  #add({ topic, data, event, key, idempotencyKey, private: isPrivate, traceparent }: NewEvent): EventId {
    const repeated = idempotencyKey === undefined ? undefined : this.#byKey.get(idempotencyKey);
    if (repeated !== undefined) return repeated.id;
    const before = this.newest;
    const id = `${this.#epoch}-${before.seq + 1}`;
    const texts = { topic, data, ...(key !== undefined && { key }), ...(event !== undefined && { event }) };
    const entry: Entry = {
      id,
      time: this.#options.now(),
      ...texts,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(isPrivate === true && { private: true }),
      ...(traceparent !== undefined && { traceparent }),
    };
    const place: Place = { id, seq: before.seq + 1, before, entry, lost: false };
    this.#held.push(place);
    this.#places.set(id, place);
    if (idempotencyKey !== undefined) this.#byKey.set(idempotencyKey, place);
    this.#options.note({ kind: 'append', id, after: before.id, topic, data, key, idempotencyKey });
    return id;
  }

  #drop(from: number, count: number): EventId[] {
    const dropped = this.#held.splice(from, count);
    for (const { entry } of dropped) this.#byKey.delete(entry?.idempotencyKey ?? '');
    if (from === 0) this.#base = dropped.at(-1) ?? this.#base;
    return dropped.map(({ id }) => id);
  }

  /** The newest place before a lost one that is still held. */
  #parting(place: Place | undefined): Place | undefined {
    if (!this.#options.knowsParting || !place?.lost) return undefined;
    let common: Place | undefined = place;
    while (common?.lost) common = common.before;
    return common !== undefined && common.seq >= this.#base.seq ? common : undefined;
  }
}
