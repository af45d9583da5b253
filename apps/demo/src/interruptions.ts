/**
 * Why a chart may lack points: `away` (not connected, and nothing was made up for), `replayed` (not connected, and filled
 * from the server's history), `gap` (the server said that events may be missing), `off` (the topic was not asked for).
 */
export type InterruptionKind = 'away' | 'replayed' | 'gap' | 'off';

export interface Interruption {
  readonly kind: InterruptionKind;
  readonly from: number;
  /** `undefined` while it lasts. */
  readonly to: number | undefined;
  /** Why, in a word or two. */
  readonly detail: string;
}

/** How a connection began again, in the server's words. */
export type Resumption = 'new' | 'resumed' | 'reset';

/** A connection that was away for less, such as for other topics, and lost nothing, is none that a chart could show. */
const BLINK_MS = 400;
/** Interruptions that are kept; beyond it the oldest go. */
export const MAX_INTERRUPTIONS = 200;

/** The times at which the stream was not whole, the oldest first. Times are of this page's clock. */
export class Interruptions {
  #entries: Interruption[] = [];
  #isAway = false;
  #isOff = false;

  get entries(): readonly Interruption[] {
    return this.#entries;
  }

  get newest(): Interruption | undefined {
    return this.#entries.findLast(({ kind }) => kind !== 'off');
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** The connection was lost or ended. A second call only tells another reason. */
  leave(time: number, detail: string): void {
    if (this.#isAway) this.#change('away', { detail });
    else this.#add({ kind: 'away', from: time, to: undefined, detail });
    this.#isAway = true;
  }

  /** The connection is there again. Without one that was lost it does nothing. */
  comeBack(time: number, resumption: Resumption): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    if (resumption === 'resumed') this.#resumed(time);
    else if (resumption === 'reset') this.#change('away', { kind: 'gap', to: time });
    else this.#change('away', { to: time, detail: 'not replayed' });
  }

  /** The server told of a gap: in the time away that has just ended, or else in the middle of the stream. */
  tellGap(time: number, reason: string): void {
    const { newest } = this;
    const belongs = newest?.kind === 'gap' && newest.to !== undefined && time - newest.to < 2_000;
    if (belongs) this.#change('gap', { detail: reason });
    else this.#add({ kind: 'gap', from: time, to: time, detail: reason });
  }

  /** Whether the topic of the charts is asked for. */
  setTopic(isOn: boolean, time: number): void {
    if (isOn === !this.#isOff) return;
    this.#isOff = !isOn;
    if (isOn) this.#change('off', { to: time });
    else this.#add({ kind: 'off', from: time, to: undefined, detail: 'off' });
  }

  /** Where a line has to be broken even if points stand close: wherever something may be missing. */
  cuts(): readonly number[] {
    return this.#entries.flatMap(({ kind, from }) => (kind === 'replayed' ? [] : [from]));
  }

  #resumed(time: number): void {
    const index = this.#entries.findLastIndex(({ kind }) => kind === 'away');
    const isBlink = time - (this.#entries[index]?.from ?? time) < BLINK_MS;
    if (isBlink) this.#entries.splice(index, 1);
    else this.#change('away', { kind: 'replayed', to: time, detail: 'replayed' });
  }

  #add(entry: Interruption): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_INTERRUPTIONS) this.#entries.shift();
  }

  #change(kind: InterruptionKind, change: Partial<Interruption>): void {
    const index = this.#entries.findLastIndex((entry) => entry.kind === kind);
    const entry = this.#entries[index];
    if (entry !== undefined) this.#entries[index] = { ...entry, ...change };
  }
}
