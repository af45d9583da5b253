import { type GapEvent, TopicFilter } from '../../src/index.ts';
import type { Moment, Wish } from './records.ts';
import { isAfter, type Place, type Truth } from './truth.ts';

/** A moment of one client. */
export type ClientMoment = Extract<Moment, { readonly client: number }>;

/**
 * Judges what one client reads, moment by moment.
 *
 * `#place` is how far it is accounted for: of what comes up to there everything that passes its filters was received,
 * or is covered by a gap that it was told of.
 */
export class ClientJudge {
  /** Events received, gaps told, and events that came again after a gap had led back. */
  events = 0;
  gaps = 0;
  again = 0;
  readonly #truth: Truth;
  readonly #filter: TopicFilter;
  readonly #wish: Wish;
  readonly #fault: (what: string) => void;
  #place: Place | undefined;
  /** Where it was before the last gap, while nothing has come since. */
  #beforeGap: Place | undefined;
  /** The last overflow, while nothing has come since but notices. */
  #overflow: GapEvent | undefined;
  /** What it is still owed under `latest`. */
  #late: Place[] = [];
  /** What a checkpoint passed over because the store had lost it by then: a gap has to come before the next event. */
  #debt: readonly Place[] = [];
  #newest: Place | undefined;
  #asked = '';
  /** The last id that it was given, and whether it asked with another. */
  #lastId = '';
  #isForged = false;
  #state: 'begins' | 'owes a gap' | 'goes on' | 'has been closed' = 'begins';

  constructor(truth: Truth, wish: Wish, fault: (what: string) => void) {
    this.#truth = truth;
    this.#wish = wish;
    this.#filter = new TopicFilter(wish.topics, wish.allowedTopics);
    this.#fault = fault;
  }

  take(moment: ClientMoment): void {
    if ('id' in moment && moment.id !== undefined) this.#lastId = moment.id;
    switch (moment.kind) {
      case 'ask':
        this.#asked = moment.asked;
        this.#isForged = moment.asked !== this.#lastId;
        this.#state = 'begins';
        this.#beforeGap = undefined;
        this.#overflow = undefined;
        return;
      case 'connected':
        return this.#connected(moment);
      case 'event':
        this.#goesOn(moment);
        return this.#event(moment);
      case 'checkpoint':
        this.#goesOn(moment);
        return this.#checkpoint(moment);
      case 'gap':
        return this.#gap(moment);
      case 'closing':
        return this.#closing(moment);
      case 'unreadable':
        return this.#fault(`cannot be read: ${moment.text}`);
      default:
        return;
    }
  }

  /** Nothing more will come. */
  rest(newest: Place, at: number): void {
    for (const { id, isLost } of this.#late) if (!isLost) this.#fault(`${id} never came`);
    if (this.#place !== undefined) this.#nothingMissed(newest, at, 'at rest');
    else this.#fault('at rest it has never been told where it is');
  }

  #connected({ resume, id, newest }: Extract<ClientMoment, { kind: 'connected' }>): void {
    if (this.#state !== 'begins') this.#fault('is greeted in the middle of a stream');
    if (this.#known(newest) === undefined) return;
    this.#state = resume === 'reset' ? 'owes a gap' : 'goes on';
    const asked = this.#truth.place(this.#asked);
    if ((resume === 'new') !== (this.#asked === ''))
      return this.#fault(`asked after ${JSON.stringify(this.#asked)} and is taken as ${resume}`);
    if (resume === 'new') this.#place = this.#known(id ?? '');
    else if (asked !== undefined) this.#place = asked;
    if (resume === 'resumed' && id !== this.#asked)
      this.#fault(`asked after ${this.#asked}, resumes at ${id}`);
    if (resume === 'resumed' && asked === undefined)
      this.#fault(`resumes after ${this.#asked}, which never was`);
    // What it was told of after the cursor that it now asks with may come again.
    if (this.#newest !== undefined && this.#place !== this.#newest) this.#newest = undefined;
  }

  #checkpoint({ id, at }: Extract<ClientMoment, { kind: 'checkpoint' }>): void {
    const place = this.#known(id);
    if (place === undefined || this.#place === undefined) return;
    const missed = this.#missed(this.#place, place, at);
    if (place.isLost && missed?.every(({ isLost }) => isLost)) {
      this.#debt = [...this.#debt, ...missed];
      this.#place = place;
    } else this.#moveTo(place, at, `the checkpoint ${id}`);
  }

  #event({ id, data, at }: Extract<ClientMoment, { kind: 'event' }>): void {
    this.events++;
    const place = this.#known(id);
    if (place === undefined) return;
    if (place.event?.data !== data) return this.#fault(`${id} is a phantom: ${data}`);
    if (!this.#filter.matches(place.event.topic)) this.#fault(`${id} of ${place.event.topic} is not for it`);
    if (place === this.#place) this.#fault(`${id} comes twice`);
    if (this.#debt.length > 0)
      this.#fault(`${id} comes without a word of ${this.#debt.map((owed) => owed.id).join(', ')}`);
    this.#debt = [];
    this.#moveTo(place, at, `the event ${id}`);
    if (this.#newest !== undefined && place.depth <= this.#newest.depth) this.again++;
    else this.#newest = undefined;
  }

  #gap({ gap, id, at }: Extract<ClientMoment, { kind: 'gap' }>): void {
    this.gaps++;
    const isReset = this.#state === 'owes a gap';
    if (!isReset) this.#goesOn({ kind: 'gap' });
    else if (gap.requested !== this.#asked.slice(0, 128)) this.#fault(`a reset for ${gap.requested}`);
    this.#state = 'goes on';
    const untrue = this.#untruth(gap);
    if (untrue !== undefined) this.#fault(`a false gap, ${JSON.stringify(gap)}: ${untrue}`);
    const requested = this.#truth.place(gap.requested);
    const next = gap.oldest === null ? this.#truth.place(gap.newest) : this.#truth.place(gap.oldest)?.before;
    // What an overflow dropped may go on beyond a loss: the notices of that come right after it, and are covered by it.
    const covering = gap.reason === 'overflow' ? undefined : this.#overflow;
    const isCovered = covering !== undefined || (gap.reason === 'overflow' && requested === this.#beforeGap);
    if (requested !== undefined && !isCovered && !isReset) this.#beforeThe(gap, requested, next, at);
    this.#debt = [];
    this.#newest = this.#place;
    if (next === undefined) return this.#fault(`a gap that leads nowhere: ${JSON.stringify(gap)}`);
    if (id !== undefined && id !== gap.newest) this.#fault(`a gap with an id of its own: ${id}`);
    this.#late = this.#late.filter((place) => !isAfter(place, next));
    this.#beforeGap = requested;
    this.#overflow = gap.reason === 'overflow' ? gap : covering;
    // One that names an entry to go on with goes on with that.
    if (typeof covering?.oldest !== 'string') this.#place = next;
  }

  /** Nothing may be missing before the place that a gap says that it begins after. */
  #beforeThe(gap: GapEvent, requested: Place, next: Place | undefined, at: number): void {
    const from = this.#place;
    const isLatest = this.#wish.queuePolicy === 'latest';
    const missed = from === undefined ? [] : this.#missed(from, requested, at);
    // Of two gaps in a row `latest` keeps the newer, and of an event that a gap brings again the later copy.
    const comesAgain = (place: Place): boolean => next !== undefined && isAfter(place, next);
    const isTold = missed === undefined ? isLatest : isLatest && missed.every(comesAgain);
    if (!isTold) this.#moveTo(requested, at, `the gap after ${gap.requested}`);
    this.#place = requested;
  }

  /** What of a gap is not so; `undefined` for an honest one. */
  #untruth({ reason, requested, oldest, newest }: GapEvent): string | undefined {
    const place = this.#truth.place(requested);
    const { queuePolicy } = this.#wish;
    switch (reason) {
      case 'malformed':
        return requested === this.#asked.slice(0, 128) && !/^[a-z0-9]{5}-\d{1,9}$/.test(requested)
          ? undefined
          : 'it could be read';
      case 'evicted':
        return place?.isBehind ? undefined : 'nothing was evicted';
      case 'unknown':
        // An id that was made up may have come to be since.
        return place === undefined || place.isLost || this.#isForged ? undefined : 'its place was known';
      case 'trimmed':
        return place === undefined || place.isLost || place.isBehind ? undefined : 'nothing was lost';
      case 'overflow': {
        const next = oldest === null ? this.#truth.place(newest) : this.#truth.place(oldest)?.before;
        if (queuePolicy === 'disconnect') return 'nothing is ever dropped for it';
        if (place === undefined || next === undefined) return 'it is between nowhere and nowhere';
        const from = place === this.#beforeGap ? (this.#place ?? place) : place;
        const dropped = this.#truth.between(from, next, this.#filter);
        // The notice of a loss may be what was dropped, with all that it brought again.
        if (this.#truth.hasLost || from.isBehind) return undefined;
        return dropped?.length === 0 && queuePolicy !== 'latest' ? 'nothing was dropped' : undefined;
      }
    }
  }

  #closing({ resumeFrom, at }: Extract<ClientMoment, { kind: 'closing' }>): void {
    const hasBegun = this.#state !== 'begins' && this.#state !== 'owes a gap';
    this.#state = 'has been closed';
    // Whoever comes back with what it came with gets what it is owed.
    if (!hasBegun || resumeFrom === this.#asked) return;
    const place = this.#known(resumeFrom);
    if (place !== undefined && place !== this.#beforeGap)
      this.#nothingMissed(place, at, `closing says to resume from ${resumeFrom}`);
  }

  #goesOn({ kind }: { readonly kind: string }): void {
    if (this.#state !== 'goes on') this.#fault(`there comes ${kind} where the stream ${this.#state}`);
  }

  #moveTo(place: Place | undefined, at: number, when: string): void {
    if (place === undefined) return;
    this.#nothingMissed(place, at, when);
    this.#place = place;
    this.#beforeGap = undefined;
    this.#overflow = undefined;
  }

  #nothingMissed(to: Place, at: number, when: string): void {
    const from = this.#place;
    if (from === undefined || from === to) return;
    const missed = this.#missed(from, to, at);
    if (missed === undefined)
      return this.#fault(`${when} does not come after ${from.id}, and no gap says so`);
    const lost = missed.filter((place) => place !== to || !when.startsWith('the event'));
    // Under `latest` a copy of them may be on its way, behind a gap that leads back.
    if (this.#wish.queuePolicy === 'latest' && when !== 'at rest') this.#late.push(...lost);
    else if (lost.length > 0)
      this.#fault(
        `${when} comes after ${from.id}, and without a word of ${lost.map(({ id }) => id).join(', ')}`,
      );
  }

  /** What it should have been given after `from` up to `to`; `undefined` where `to` does not come after `from`. */
  #missed(from: Place, to: Place, at: number): Place[] | undefined {
    const missed = this.#truth.between(from, to, this.#filter);
    if (this.#wish.queuePolicy !== 'latest') return missed;
    // Of what was lost since, a gap may bring an older event of the key again, and that is then the newest.
    return missed?.filter((place) => !place.isLost && !this.#truth.isSuperseded(place, at));
  }

  #known(id: string): Place | undefined {
    const place = this.#truth.place(id);
    if (place === undefined) this.#fault(`the id ${JSON.stringify(id)} never was`);
    return place;
  }
}
