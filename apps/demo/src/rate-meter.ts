const WINDOW_SECONDS = 5;

/** An amount for each second, over the last five. Keeps one number a second, whatever comes. */
export class RateMeter {
  readonly #buckets = new Float64Array(WINDOW_SECONDS + 1);
  #second = 0;
  #started: number | undefined;

  add(amount: number, now: number): void {
    this.#started ??= now;
    this.#turn(now);
    const index = this.#second % this.#buckets.length;
    this.#buckets[index] = (this.#buckets[index] as number) + amount;
  }

  /** The rate of the whole seconds behind `now`. */
  perSecond(now: number): number {
    if (this.#started === undefined) return 0;
    this.#turn(now);
    let sum = 0;
    for (let age = 1; age <= WINDOW_SECONDS; age++)
      sum += this.#buckets[(this.#second - age) % this.#buckets.length] as number;
    const seconds = Math.min(WINDOW_SECONDS, Math.max(1, this.#second - Math.floor(this.#started / 1_000)));
    return sum / seconds;
  }

  #turn(now: number): void {
    const second = Math.max(this.#second, Math.floor(now / 1_000));
    const passed = Math.min(second - this.#second, this.#buckets.length);
    for (let step = 0; step < passed; step++) this.#buckets[(second - step) % this.#buckets.length] = 0;
    this.#second = second;
  }
}
