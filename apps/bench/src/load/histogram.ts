/** Buckets for each doubling: a value is known to within 1/128 of itself. */
const STEPS = 64;
const LINEAR = 128;
const BUCKETS = LINEAR + 26 * STEPS; // up to 2^32 microseconds

/** How often which duration came, in whole microseconds, in a fixed piece of memory. */
export class Histogram {
  count = 0;
  max = 0;
  private readonly buckets = new Float64Array(BUCKETS);

  add(value: number): void {
    const index = bucketOf(value);
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
    this.count++;
    if (value > this.max) this.max = value;
  }

  /** The value that a share of all is not above; 0 where there is none. */
  quantile(share: number): number {
    let left = Math.ceil(this.count * share);
    if (left === 0) return 0;
    for (const [index, count] of this.buckets.entries()) {
      left -= count;
      if (left <= 0) return Math.min(middleOf(index), this.max);
    }
    return this.max;
  }

  clear(): void {
    this.buckets.fill(0);
    this.count = 0;
    this.max = 0;
  }
}

function bucketOf(value: number): number {
  if (!(value >= 0)) return 0; // a clock that ran back by a microsecond between two processes
  if (value < LINEAR) return Math.floor(value);
  const doubling = Math.floor(Math.log2(value)) - 6; // 1 for 128 to 255
  const step = Math.floor(value / 2 ** doubling) - STEPS;
  return Math.min(LINEAR + (doubling - 1) * STEPS + step, BUCKETS - 1);
}

function middleOf(index: number): number {
  if (index < LINEAR) return index;
  const doubling = Math.floor((index - LINEAR) / STEPS) + 1;
  const step = ((index - LINEAR) % STEPS) + STEPS;
  return (step + 0.5) * 2 ** doubling;
}
