/** A timer that can be taken back. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Everything the core takes from its surroundings: time, timers, randomness and the end of a turn.
 *
 * Tests give a virtual one (`@sse/core/testing`), so that a whole run can be repeated from a seed.
 */
export interface Environment {
  /** Wall clock, milliseconds since 1970. For timestamps only: it may jump. */
  now(): number;
  /** Monotonic clock, milliseconds from an arbitrary start. For durations. */
  elapsed(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Calls `task` once after `ms`; does not keep the process alive. */
  after(ms: number, task: () => void): Timer;
  /** Calls `task` once, at the end of the present turn of the event loop. */
  soon(task: () => void): void;
}

/** A timer beyond this fires after 1 ms instead of later. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

type Immediate = (task: () => void) => unknown;

const immediate: Immediate | undefined = (globalThis as { setImmediate?: Immediate }).setImmediate;

// One call for many numbers: asked for one at a time they were a tenth of what a new connection costs.
const pool = new Uint32Array(256);
let drawn = pool.length;

function random(): number {
  if (drawn === pool.length) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  return (pool[drawn++] ?? 0) / 2 ** 32;
}

/** The real clock, timers and randomness of whatever runtime this is. */
export const systemEnvironment: Environment = Object.freeze({
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random,
  after(ms: number, task: () => void): Timer {
    const timer: { unref?(): void } = setTimeout(task, Math.min(ms, MAX_TIMER_MS));
    timer.unref?.(); // elsewhere than in Node a timer is a number
    return { cancel: () => clearTimeout(timer as number) };
  },
  soon(task: () => void): void {
    (immediate ?? setTimeout)(task);
  },
});

/** A random text of `length` characters of `[0-9a-z]`, 5.17 bits each. */
export function randomText(environment: Environment, length: number): string {
  let text = '';
  for (let index = 0; index < length; index++) text += Math.floor(environment.random() * 36).toString(36);
  return text;
}

/** `value` moved by at most `ratio` of itself to either side, so that many clients do not act at once. */
export function spread(environment: Environment, value: number, ratio: number): number {
  return Math.round(value * (1 - ratio + 2 * ratio * environment.random()));
}
