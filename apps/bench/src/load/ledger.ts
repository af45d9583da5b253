/** What a run must not have, counted over all subscribers. */
export interface Faults {
  readonly lost: number;
  readonly repeated: number;
  readonly disordered: number;
}

/** How the numbers of one subscriber follow one another. */
export type Order =
  /** Every number, from the first on. */
  | 'all'
  /** Some of them, each above the one before: those that match its topics. */
  | 'rising';

/** Missing numbers that are remembered for a subscriber, so that one that comes late is known from a repeat. */
const MAX_MISSING = 10_000;

/** Follows the numbers that each subscriber receives, and counts what is lost, repeated or out of order. */
export class Ledger {
  readonly received: Float64Array;
  repeated = 0;
  disordered = 0;
  private readonly next: Float64Array;
  private readonly missing = new Map<number, Set<number>>();
  /** Numbers that were passed over and have not come since. */
  private skipped = 0;

  /** @param first - the number that every subscriber has to begin with. */
  constructor(
    subscribers: number,
    first: number,
    private readonly order: Order = 'all',
  ) {
    this.received = new Float64Array(subscribers);
    this.next = new Float64Array(subscribers).fill(first);
  }

  note(subscriber: number, n: number): void {
    const expected = this.next[subscriber] ?? 0;
    if (n === expected || (n > expected && this.order === 'rising')) {
      this.next[subscriber] = n + 1;
      this.received[subscriber] = (this.received[subscriber] ?? 0) + 1;
    } else this.noteFault(subscriber, n, expected);
  }

  /** As of the end, when each subscriber from index `from` on should have had `expected` events. */
  faults(expected: number, from = 0): Faults {
    let lost = 0;
    for (const received of this.received.subarray(from)) lost += Math.max(0, expected - received);
    return { lost: Math.max(lost, this.skipped), repeated: this.repeated, disordered: this.disordered };
  }

  private noteFault(subscriber: number, n: number, expected: number): void {
    const missing = this.missing.get(subscriber) ?? new Set();
    if (n > expected) {
      this.skipped += n - expected;
      for (let gone = expected; gone < n && missing.size < MAX_MISSING; gone++) missing.add(gone);
      this.missing.set(subscriber, missing);
      this.next[subscriber] = n + 1;
      this.received[subscriber] = (this.received[subscriber] ?? 0) + 1;
    } else if (missing.delete(n)) {
      this.skipped--;
      this.disordered++;
      this.received[subscriber] = (this.received[subscriber] ?? 0) + 1;
    } else this.repeated++;
  }
}
