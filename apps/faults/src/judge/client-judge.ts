import type { ConnectedRecord, EventRecord, GapRecord, HistoryRecord, StorePromise } from '../history.ts';
import { compareIds, lineOf } from './ids.ts';
import type { Place, PublishedLog } from './published-log.ts';
import { asksFor } from './topics.ts';
import { type Class, type Counts, type Finding, noCounts } from './verdict.ts';

/** A part of a stream without a gap: it owes everything behind `after` (from `from` on), up to where it got. */
interface Stretch {
  readonly bound: string;
  /** Whether the event at `bound` is owed, too. */
  readonly inclusive: boolean;
  /** When it began: what was sent later can't stand before `bound`. */
  readonly at: number;
  readonly keys: Set<string>;
}

/** Walks through what one client saw, in the order in which it saw it. */
export class ClientJudge {
  readonly counts: Counts = noCounts();
  readonly findings: Finding[] = [];
  readonly #received = new Set<string>();
  readonly #excused = new Set<string>();
  readonly #missed = new Set<string>();
  readonly #owed: ReadonlyMap<string, readonly Place[]>;
  #stretch: Stretch | undefined;
  #position = '';
  #gapIsDue = false;
  #left = false;

  constructor(
    readonly client: string,
    readonly topics: readonly string[],
    readonly log: PublishedLog,
    readonly promise: StorePromise,
  ) {
    this.#owed = log.matching(topics);
  }

  take(record: HistoryRecord): void {
    if (record.kind === 'connected') this.#connected(record);
    if (record.kind === 'event') this.#event(record);
    if (record.kind === 'position') this.#moved(record.id, 'a checkpoint');
    if (record.kind === 'gap') this.#gap(record);
    if (record.kind === 'left') this.#left = true;
  }

  /** Nothing more comes. */
  end(): void {
    const stretch = this.#stretch;
    if (stretch === undefined) return;
    this.#closeStretch();
    if (this.#left) return;
    for (const [line, places] of this.#owed)
      for (const place of places) {
        const order = compareIds(place.id, this.#position);
        const isDue = line === lineOf(this.#position) ? (order ?? 0) > 0 : place.sentAt > stretch.at;
        if (isDue) this.#miss(place, 'lost', 'it never came');
      }
  }

  #connected({ resume, id, at }: ConnectedRecord): void {
    if (resume === 'reset') this.#gapIsDue = true;
    if (this.#stretch === undefined && id !== undefined) this.#begin(id, false, at);
  }

  #begin(bound: string, inclusive: boolean, at: number): void {
    this.#stretch = { bound, inclusive, at, keys: new Set() };
    this.#position = bound;
  }

  #event({ id, key, topic, n, at }: EventRecord): void {
    const about = { key, id };
    if (this.#gapIsDue)
      this.#find('silent_gap', about, 'the stream began anew without saying what is missing');
    this.#gapIsDue = false;
    const wrong = this.#wrongness(id, key, topic, n);
    if (wrong !== undefined) return this.#find('phantom', about, wrong);
    if (this.#stretch === undefined) this.#begin(id, true, at);
    const before = this.#position;
    const isAgain = this.#stretch?.keys.has(key) === true;
    this.#stretch?.keys.add(key);
    this.#received.add(id);
    if (isAgain) return this.#find('repeated', about, 'it had come before, and no gap since');
    const isFirst = this.#stretch?.keys.size === 1 && this.#stretch.inclusive && id === before;
    if (this.#moved(id, key) && (isFirst || compareIds(id, before) !== 0)) this.counts.ok++;
  }

  /** Why an event can't be what the log has at this place. */
  #wrongness(id: string, key: string, topic: string, n: number): string | undefined {
    const event = this.log.events.get(key);
    if (event === undefined) return 'it was never published';
    if (event.outcome === 'refused') return 'it was refused';
    if (event.topic !== topic || event.n !== n) return 'it is not what was published';
    if (!asksFor(this.topics, topic)) return 'it was not asked for';
    const place = this.log.placeOf(id);
    return place === undefined || place.key === key ? undefined : `this is the place of ${place.key}`;
  }

  /** Whether the stream moved on, and not back or into another log. */
  #moved(id: string, what: string): boolean {
    const order = this.#position === '' ? 1 : compareIds(id, this.#position);
    const at = this.#position;
    if (order === undefined || order >= 0) this.#position = id;
    if (order === undefined)
      this.#find('silent_gap', { id }, `${what} is of another log than ${at}, and no gap was told`);
    else if (order < 0) this.#find('reordered', { id }, `${what} came behind ${at}`);
    return order !== undefined && order >= 0;
  }

  #gap({ oldest, newest, requested, reason, at }: GapRecord): void {
    this.#gapIsDue = false;
    const before = this.#position;
    this.#closeStretch();
    const bound = oldest ?? newest ?? before;
    let missing = 0;
    for (const place of this.#stretch === undefined ? [] : this.#unreceived()) {
      if (place.sentAt > at || !isWithin(place, before, bound, at)) continue;
      missing++;
      this.#excused.add(place.id);
      if (this.promise === 'kept')
        this.#find('lost', place, `a gap (${reason}) said so, but this store keeps everything`);
      else this.counts.told++;
    }
    if (missing === 0)
      this.#find(
        'false_gap',
        { id: before },
        `${reason}: requested ${requested}, oldest ${oldest}, newest ${newest}, at ${before}`,
      );
    this.#begin(bound, oldest !== null, at);
  }

  #unreceived(): Place[] {
    return [...this.#owed.values()]
      .flat()
      .filter(({ id }) => !this.#received.has(id) && !this.#excused.has(id) && !this.#missed.has(id));
  }

  /** Finds what the stream went past. */
  #closeStretch(): void {
    const stretch = this.#stretch;
    if (stretch === undefined) return;
    for (const place of this.#owed.get(lineOf(stretch.bound)) ?? []) {
      const fromBound = compareIds(place.id, stretch.bound) ?? 0;
      const toPosition = compareIds(place.id, this.#position) ?? 1;
      const isOwed = stretch.inclusive ? fromBound >= 0 : fromBound > 0;
      if (isOwed && toPosition <= 0)
        this.#miss(place, 'silent_gap', `the stream went past it, to ${this.#position}`);
      else if (!isOwed && place.sentAt > stretch.at)
        this.#miss(place, 'silent_gap', `it was sent after the stream had begun, at ${stretch.bound}`);
    }
  }

  #miss(place: Place, found: Class, why: string): void {
    const { id } = place;
    if (this.#received.has(id) || this.#excused.has(id) || this.#missed.has(id)) return;
    this.#missed.add(id);
    const isGone = this.promise === 'failover' && this.log.isGone(place);
    if (!isGone) this.#find(found, place, why);
    else if (place.acknowledged) this.#find('unsaid', place, `${why}; the Redis that took over never had it`);
  }

  #find(found: Class, { key, id }: { readonly key?: string; readonly id?: string }, why: string): void {
    this.counts[found]++;
    const about = { ...(key !== undefined && { key }), ...(id !== undefined && { id }) };
    this.findings.push({ class: found, client: this.client, ...about, why });
  }
}

/** Whether a gap told at `before` covers a place: it lies before what the stream goes on with, or nobody has seen it since. */
function isWithin({ id, seenAt }: Place, before: string, bound: string, at: number): boolean {
  const fromBefore = compareIds(id, before);
  if (fromBefore !== undefined && fromBefore <= 0) return false;
  const toBound = compareIds(id, bound);
  return toBound === undefined ? fromBefore !== undefined : toBound < 0 || seenAt < at;
}
