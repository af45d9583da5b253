import type { EventRecord, HistoryRecord, Outcome } from '../history.ts';
import { compareIds, lineOf } from './ids.ts';
import { asksFor } from './topics.ts';

/** What is known of one event from those who published it. */
export interface Published {
  readonly key: string;
  readonly topic: string;
  readonly n: number;
  /** First attempt. */
  readonly sentAt: number;
  /** Of all attempts together. */
  outcome: Outcome;
  /** Attempts without an answer yet. */
  open: number;
  id?: string;
  answeredAt?: number;
}

/** A place in the log that is proven: acknowledged, or received by someone. */
export interface Place {
  readonly id: string;
  readonly key: string;
  readonly topic: string;
  readonly sentAt: number;
  readonly acknowledged: boolean;
  /** When the last client received it. */
  seenAt: number;
}

/** The log as far as a history proves it. */
export class PublishedLog {
  readonly events: Map<string, Published> = new Map();
  /** Key by id, in the log's order, of what it had when all was over; empty where nobody looked. */
  readonly held: Map<string, string> = new Map();
  readonly #places = new Map<string, Place>();
  readonly #matching = new Map<string, ReadonlyMap<string, readonly Place[]>>();
  /** By line, in the log's order. */
  readonly lines: ReadonlyMap<string, readonly Place[]>;

  constructor(records: readonly HistoryRecord[]) {
    for (const record of records) {
      if (record.kind === 'sent') this.#send(record.key, record.topic, record.n, record.at);
      if (record.kind === 'answered') this.#answer(record);
      if (record.kind === 'held') this.held.set(record.id, record.key);
    }
    for (const event of this.events.values())
      if (event.outcome === 'refused' && event.open > 0) event.outcome = 'unknown';
    for (const record of records) if (record.kind === 'event') this.#see(record);
    this.lines = inLines([...this.#places.values()]);
  }

  placeOf(id: string): Place | undefined {
    return this.#places.get(id);
  }

  /** Whether it was in the log, and is not any more. */
  isGone({ id }: Place): boolean {
    return this.held.size > 0 && !this.held.has(id);
  }

  /** What such a client is to get, by line and in order. */
  matching(topics: readonly string[]): ReadonlyMap<string, readonly Place[]> {
    const cacheKey = topics.join();
    let found = this.#matching.get(cacheKey);
    if (found === undefined) {
      found = inLines([...this.#places.values()].filter(({ topic }) => asksFor(topics, topic)));
      this.#matching.set(cacheKey, found);
    }
    return found;
  }

  #send(key: string, topic: string, n: number, at: number): void {
    const known = this.events.get(key);
    if (known === undefined) this.events.set(key, { key, topic, n, sentAt: at, outcome: 'refused', open: 1 });
    else known.open++;
  }

  #answer({ key, outcome, id, at }: Extract<HistoryRecord, { kind: 'answered' }>): void {
    const event = this.events.get(key);
    if (event === undefined) return;
    event.open--;
    if (outcome === 'unknown' && event.outcome === 'refused') event.outcome = 'unknown';
    if (outcome !== 'acknowledged' || id === undefined) return;
    event.outcome = 'acknowledged';
    event.id ??= id;
    event.answeredAt ??= at;
    const { topic, sentAt } = event;
    if (!this.#places.has(id))
      this.#places.set(id, { id, key, topic, sentAt, acknowledged: true, seenAt: Number.NEGATIVE_INFINITY });
  }

  #see({ id, key, at }: EventRecord): void {
    const event = this.events.get(key);
    const place = this.#places.get(id);
    if (place !== undefined) place.seenAt = Math.max(place.seenAt, at);
    else if (event !== undefined && event.outcome !== 'refused')
      this.#places.set(id, {
        id,
        key,
        topic: event.topic,
        sentAt: event.sentAt,
        acknowledged: false,
        seenAt: at,
      });
  }
}

function inLines(places: Place[]): ReadonlyMap<string, readonly Place[]> {
  const lines = new Map<string, Place[]>();
  for (const place of places) {
    const line = lines.get(lineOf(place.id));
    if (line === undefined) lines.set(lineOf(place.id), [place]);
    else line.push(place);
  }
  for (const line of lines.values()) line.sort((a, b) => compareIds(a.id, b.id) ?? 0);
  return lines;
}
