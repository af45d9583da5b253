import { SseError } from '../../src/index.ts';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/** Of each way, also of one that takes ten times as long as others. */
const LONGEST_DELAY_MS = 1_500;

/** How one server reaches the store, and how well. */
export class Link {
  /** Longest delay of each way, in virtual milliseconds. Each way of each operation draws its own, so they overtake. */
  maxDelayMs = 0;
  /** Share of operations that fail without effect, and of those that fail after it. */
  failsBefore = 0;
  failsAfter = 0;
  /** `hangs`: nothing passes until it is mended. `refuses`: everything fails at once. */
  state: 'mended' | 'hangs' | 'refuses' = 'mended';
  /** Whoever asked is gone: what is on its way arrives, and no answer does. */
  dead = false;
  /** Cut connections that were opened for long. */
  readonly onCut: Set<(error: Error) => void> = new Set();
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #random: Random;
  #waiting: (() => void)[] = [];

  constructor(clock: Pick<Clock, 'sleep'>, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get isPerfect(): boolean {
    return this.state === 'mended' && this.maxDelayMs === 0;
  }

  /** The way to the store. Rejects where the operation fails before it has an effect. */
  async there(failures: number = this.failsBefore): Promise<void> {
    await this.#pass(failures);
  }

  /** The way back. Rejects where the answer is lost. */
  async back(): Promise<void> {
    await this.#pass(this.failsAfter);
    if (this.dead) await new Promise(() => undefined);
  }

  set(state: Link['state']): void {
    this.state = state;
    if (state === 'hangs') return;
    if (state === 'refuses') this.cut();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const proceed of waiting) proceed();
  }

  cut(): void {
    for (const onCut of [...this.onCut]) onCut(failure('The connection to the store was cut'));
  }

  /** Whether a follower that is cut loses what it has fetched and not handed on. */
  losesFetched(): boolean {
    return this.#random.chance(0.5);
  }

  async #pass(failures: number): Promise<void> {
    if (this.maxDelayMs > 0) {
      const isLong = this.#random.chance(0.05);
      const ms = this.#random.next() * this.maxDelayMs * (isLong ? 10 : 1);
      await this.#clock.sleep(Math.min(ms, LONGEST_DELAY_MS));
    }
    while (this.state === 'hangs') {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
      if (this.maxDelayMs > 0) await this.#clock.sleep(this.#random.next() * this.maxDelayMs);
    }
    if (this.state === 'refuses') throw failure('The store is not reachable');
    if (failures > 0 && this.#random.chance(failures))
      throw this.#random.chance(0.3) ? new Error('ECONNRESET') : failure('The store did not answer');
  }
}

function failure(message: string): SseError {
  return new SseError('log-unavailable', message);
}
