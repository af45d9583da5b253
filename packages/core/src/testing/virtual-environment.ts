import { type Environment, systemEnvironment, type Timer } from '../environment.ts';

/** Random numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface PendingTimer {
  readonly due: number;
  readonly order: number;
  readonly task: () => void;
}

/**
 * Time that moves only when told to, and randomness from a seed, so that a whole run can be repeated.
 *
 * Promises are real: after each step `settle()` waits until nothing is left to do at the present time.
 */
export class VirtualEnvironment implements Environment {
  readonly random: () => number;
  private time = 0;
  private order = 0;
  private timers: PendingTimer[] = [];
  private turnTasks: (() => void)[] = [];

  /** @param startedAt - The wall clock at the start, milliseconds since 1970. */
  constructor(
    seed = 1,
    private readonly startedAt: number = Date.UTC(2026, 0, 1),
  ) {
    this.random = seededRandom(seed);
  }

  now(): number {
    return this.startedAt + this.time;
  }

  elapsed(): number {
    return this.time;
  }

  after(ms: number, task: () => void): Timer {
    const timer: PendingTimer = { due: this.time + Math.max(ms, 0), order: this.order++, task };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }

  soon(task: () => void): void {
    this.turnTasks.push(task);
  }

  /** Timers that have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.timers.length;
  }

  /** Ends the present turn: runs what `soon` was given until then. */
  endTurn(): void {
    const tasks = this.turnTasks;
    this.turnTasks = [];
    for (const task of tasks) task();
  }

  /** Lets every promise that can settle now do so, without ending the turn. */
  async microtasks(): Promise<void> {
    await new Promise<void>((resolve) => {
      systemEnvironment.soon(resolve);
    });
  }

  /** Ends turns until nothing is left to do at the present time. */
  async settle(): Promise<void> {
    await this.microtasks();
    while (this.turnTasks.length > 0) {
      this.endTurn();
      await this.microtasks();
    }
  }

  /** Moves time on, firing the timers that fall due in their order, and settles after each. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    await this.settle();
    for (let next = this.nextTimer(); next !== undefined && next.due <= until; next = this.nextTimer()) {
      const fired = next;
      this.timers = this.timers.filter((timer) => timer !== fired);
      this.time = Math.max(this.time, fired.due);
      fired.task();
      await this.settle();
    }
    this.time = until;
  }

  private nextTimer(): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.timers) {
      if (
        first === undefined ||
        timer.due < first.due ||
        (timer.due === first.due && timer.order < first.order)
      )
        first = timer;
    }
    return first;
  }
}
