import type { TopicFilter } from '../../src/index.ts';
import type { EventText, Moment } from './records.ts';

/** A place in the history of the store, as the judge knows it: an entry, or a beginning. */
export interface Place {
  readonly id: string;
  readonly depth: number;
  readonly before: Place | undefined;
  readonly event: EventText | undefined;
  readonly at: number;
  isEvicted: boolean;
  /** Whether the entry right after it was evicted, so that nobody can go on from here. */
  isBehind: boolean;
  isLost: boolean;
}

/** What the store held, over all its lives. Lives that parted stay apart: an entry knows the one before it. */
export class Truth {
  /** Whether the store ever lost what it had. */
  hasLost = false;
  readonly #places = new Map<string, Place>();
  readonly #byKey = new Map<string, Place>();
  readonly #byKeyOfEvent = new Map<string, Place[]>();

  /** Takes what happened to the store. Answers what is wrong with it. */
  take(moment: Moment): string | undefined {
    switch (moment.kind) {
      case 'begin':
        return this.#add(moment.id, undefined, undefined, moment.at);
      case 'append': {
        const { idempotencyKey } = moment;
        const first = idempotencyKey === undefined ? undefined : this.#byKey.get(idempotencyKey);
        const wrong = this.#add(moment.id, this.#places.get(moment.after), moment, moment.at);
        const added = this.#places.get(moment.id);
        if (idempotencyKey !== undefined && added !== undefined) this.#byKey.set(idempotencyKey, added);
        return first === undefined || first.isEvicted || first.isLost
          ? wrong
          : `${moment.id} repeats ${first.id}, which is still held`;
      }
      case 'evict':
        for (const place of moment.ids.map((id) => this.#places.get(id))) {
          if (place !== undefined) place.isEvicted = true;
          if (place?.before !== undefined) place.before.isBehind = true;
        }
        return undefined;
      case 'lose':
        return this.#lose(moment.ids, moment.newest);
      default:
        return undefined;
    }
  }

  place(id: string | null | undefined): Place | undefined {
    return this.#places.get(id ?? '');
  }

  /**
   * The entries after `from` up to `to` that pass the filter; `undefined` where `to` does not come after `from` in one
   * and the same history.
   */
  between(from: Place, to: Place, filter: TopicFilter): Place[] | undefined {
    const found: Place[] = [];
    for (let place = to; place !== from; ) {
      if (place.event !== undefined && filter.matches(place.event.topic)) found.push(place);
      if (place.before === undefined || place.depth <= from.depth) return undefined;
      place = place.before;
    }
    return found.reverse();
  }

  /** Whether, by the time `now`, a later event of the same key was there to supersede this one, in whatever life. */
  isSuperseded(place: Place, now: number): boolean {
    const sameKey = this.#byKeyOfEvent.get(keyOf(place.event)) ?? [];
    return sameKey.slice(sameKey.indexOf(place) + 1).some(({ at }) => at <= now);
  }

  #add(id: string, before: Place | undefined, event: EventText | undefined, at: number): string | undefined {
    if (this.#places.has(id)) return `the id ${id} is given twice`;
    const depth = before === undefined ? 0 : before.depth + 1;
    const place: Place = {
      id,
      depth,
      before,
      event,
      at,
      isEvicted: false,
      isBehind: false,
      isLost: false,
    };
    this.#places.set(id, place);
    const key = keyOf(event);
    const sameKey = this.#byKeyOfEvent.get(key);
    if (sameKey === undefined) this.#byKeyOfEvent.set(key, [place]);
    else sameKey.push(place);
    return undefined;
  }

  #lose(ids: readonly string[], newest: string): undefined {
    this.hasLost = true;
    for (const place of ids.map((id) => this.#places.get(id))) {
      if (place !== undefined) place.isLost = true;
    }
    // A beginning: all that was before it is of another life.
    if (this.place(newest)?.before !== undefined) return;
    for (const place of this.#places.values()) if (place.id !== newest) place.isLost = true;
  }
}

function keyOf(event: EventText | undefined): string {
  return event?.key ?? event?.topic ?? '';
}

/** Whether a place comes after another in one and the same history. */
export function isAfter(later: Place, earlier: Place): boolean {
  let place: Place | undefined = later;
  while (place !== undefined && place.depth > earlier.depth) place = place.before;
  return place === earlier && later !== earlier;
}
