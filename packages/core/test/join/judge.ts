import { TopicFilter } from '../../src/topics.ts';
import type { Client, Seen } from './client.ts';
import { placeOf, type Truth } from './faulty-log.ts';

export interface Verdict {
  /** What must not be: a loss, a repeat, a wrong order, a silent or a false gap. */
  readonly faults: readonly string[];
  readonly events: number;
  readonly gaps: number;
}

/**
 * Judges what one client saw against the truth.
 *
 * `place` is how far it is accounted for: every entry up to there that passes its filter was received, or a gap has
 * said that it may not have been.
 */
export function judge(client: Client, truth: Truth, atRest: boolean): Verdict {
  const judgement = new Judgement(client, truth);
  for (const seen of client.seen) judgement.see(seen);
  if (atRest) judgement.rest();
  return judgement;
}

class Judgement implements Verdict {
  readonly faults: string[] = [];
  events = 0;
  gaps = 0;
  private place: number | undefined;
  private owesGap = false;
  private readonly filter: TopicFilter;

  constructor(
    private readonly client: Client,
    private readonly truth: Truth,
  ) {
    this.filter = new TopicFilter(client.options.topics);
  }

  see(seen: Seen): void {
    if (this.owesGap && seen.kind !== 'gap' && seen.kind !== 'connected')
      this.fault(`after a reset comes ${seen.kind}, and no gap`);
    switch (seen.kind) {
      case 'connected':
        return this.connected(seen);
      case 'gap':
        return this.gap(seen);
      case 'event':
        return this.event(seen);
      case 'checkpoint':
        return this.moveTo(this.placeOf(seen.id), 'a checkpoint');
      case 'closing':
        // Whoever comes back with what it came with gets what it was owed.
        if (seen.resumeFrom === seen.asked) return;
        return this.nothingMissed(this.placeOf(seen.resumeFrom), 'closing says resume_from');
      default:
        return this.fault(`cannot be read: ${JSON.stringify(seen)}`);
    }
  }

  /** Nothing more will come. */
  rest(): void {
    this.nothingMissed(this.truth.entries.length, 'at rest');
  }

  private connected(seen: Seen & { kind: 'connected' }): void {
    this.owesGap = seen.resume === 'reset';
    // A gap may have excused what the cursor, which it left alone, now brings after all.
    if (seen.resume === 'resumed') this.place = this.placeOf(seen.asked);
    if (seen.resume !== 'new') return;
    if (seen.asked !== '') this.fault(`asked after ${seen.asked} and was taken as new`);
    this.place = this.placeOf(seen.id ?? '');
  }

  private gap({ reason, oldest, newest, asked }: Seen & { kind: 'gap' }): void {
    this.gaps++;
    this.owesGap = false;
    const forged = asked !== '' && this.place !== placeOf(this.truth, asked);
    const next = oldest === null ? this.placeOf(newest ?? '') : (this.placeOf(oldest) ?? 1) - 1;
    if (next === undefined) return;
    const place = this.place ?? next;
    if (reason === 'evicted' && !forged && next <= place && oldest !== null)
      this.fault(`a false gap at ${place}`);
    // Under `latest` what was dropped may have been superseded since.
    const latest = this.client.options.queuePolicy === 'latest';
    if (reason === 'overflow' && !latest && this.missed(place, next).length === 0)
      this.fault(`a false overflow at ${place}`);
    // Only who asks with a cursor that it was never given may be led back.
    if (next < place && !forged) this.fault(`a gap (${reason}) leads back from ${place} to ${next}`);
    this.place = next;
  }

  private event({ id, data }: Seen & { kind: 'event' }): void {
    this.events++;
    const place = this.placeOf(id);
    if (place === undefined) return;
    const entry = this.truth.entries[place - 1];
    if (entry?.data !== data) return this.fault(`${id} is a phantom: ${data}`);
    if (!this.filter.matches(entry.topic)) this.fault(`${id} of ${entry.topic} was not asked for`);
    if (this.place !== undefined && place <= this.place) this.fault(`${id} at ${place} comes again, or late`);
    this.nothingMissed(place - 1, `before ${id}`);
    this.place = place;
  }

  private moveTo(place: number | undefined, what: string): void {
    if (place === undefined) return;
    if (this.place !== undefined && place < this.place)
      this.fault(`${what} leads back from ${this.place} to ${place}`);
    this.nothingMissed(place, what);
    this.place = place;
  }

  private nothingMissed(place: number | undefined, when: string): void {
    if (place === undefined || this.place === undefined) return;
    const missed = this.missed(this.place, place);
    if (missed.length > 0) this.fault(`lost without a word, ${when}: places ${missed.join(', ')}`);
  }

  /** Places after `from` up to `to` that the client should have been given. */
  private missed(from: number, to: number): number[] {
    const places: number[] = [];
    for (let place = from + 1; place <= to; place++) {
      const topic = this.truth.entries[place - 1]?.topic ?? '';
      if (this.filter.matches(topic) && !this.superseded(place, topic)) places.push(place);
    }
    return places;
  }

  private superseded(place: number, topic: string): boolean {
    if (this.client.options.queuePolicy !== 'latest') return false;
    return this.truth.entries.slice(place).some((later) => later.topic === topic);
  }

  private placeOf(id: string): number | undefined {
    const place = placeOf(this.truth, id);
    if (place === undefined) this.fault(`the id ${JSON.stringify(id)} is none`);
    return place;
  }

  private fault(text: string): void {
    this.faults.push(text);
  }
}
