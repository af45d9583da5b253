const SAMPLES = 60;

/** How old events are when they come, by their own timestamps. */
export class LatencyMeter {
  readonly #samples: number[] = [];
  #next = 0;

  /** The age of an event that came live; one that was replayed is old by nature. */
  add(ageMs: number): void {
    this.#samples[this.#next] = ageMs;
    this.#next = (this.#next + 1) % SAMPLES;
  }

  /** The median of the last samples; `undefined` without one. */
  get medianMs(): number | undefined {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[sorted.length >>> 1];
  }
}
