/** Points that are kept of one series: an hour at two a second, and a reserve. */
export const MAX_POINTS = 8_000;
/** Points nearer than this share a place, so that an hour fits whatever the interval is. */
export const SLOT_MS = 500;
/** How many are dropped at once where the buffer is full: dropping one by one would move all the others each time. */
const DROP_POINTS = 500;
const SPACINGS = 31;
const FALLBACK_SPACING_MS = 1_000;

/**
 * A bounded series of points in the order of their times, whenever they come.
 *
 * Of points in one slot the newest stands, so one that comes a second time changes nothing.
 */
export class SeriesBuffer {
  readonly #times: number[] = [];
  readonly #values: number[] = [];

  get times(): readonly number[] {
    return this.#times;
  }

  get values(): readonly number[] {
    return this.#values;
  }

  /** Puts a point in its place. One older than all of a full buffer is dropped. */
  add(time: number, value: number): void {
    const index = this.indexAfter(time);
    const before = index - 1;
    if (sameSlot(this.#times[before], time)) this.#put(before, time, value);
    else if (sameSlot(this.#times[index], time)) return;
    else if (index === this.#times.length) {
      this.#times.push(time);
      this.#values.push(value);
    } else {
      if (index === 0 && this.#times.length >= MAX_POINTS) return;
      this.#times.splice(index, 0, time);
      this.#values.splice(index, 0, value);
    }
    if (this.#times.length > MAX_POINTS) {
      this.#times.splice(0, DROP_POINTS);
      this.#values.splice(0, DROP_POINTS);
    }
  }

  /** The index of the first point after `time`. */
  indexAfter(time: number): number {
    const times = this.#times;
    // Nearly always the newest comes last.
    if (times.length === 0 || (times.at(-1) as number) <= time) return times.length;
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The median distance of the last points, in milliseconds; a second as long as there are none. */
  typicalSpacingMs(): number {
    const times = this.#times;
    const spacings: number[] = [];
    for (let index = Math.max(1, times.length - SPACINGS); index < times.length; index++)
      spacings.push((times[index] as number) - (times[index - 1] as number));
    spacings.sort((a, b) => a - b);
    return spacings[spacings.length >>> 1] ?? FALLBACK_SPACING_MS;
  }

  #put(index: number, time: number, value: number): void {
    this.#times[index] = time;
    this.#values[index] = value;
  }
}

function sameSlot(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.floor(a / SLOT_MS) === Math.floor(b / SLOT_MS);
}
