import type { Resumption } from './interruptions.ts';

/** An event that says no time counts as replayed when it comes this soon after a connection that was resumed. */
const BURST_MS = 300;

/**
 * Tells replayed events from live ones: they were made before the connection began, and come before everything else.
 */
export class ReplayWatch {
  #since: number | undefined;
  #count = 0;

  /** Events that were replayed so far. */
  get count(): number {
    return this.#count;
  }

  /** A connection began. `now` is the server's time. */
  connected(now: number, resumption: Resumption): void {
    this.#since = resumption === 'new' ? undefined : now;
  }

  /** Whether the event that has just come was replayed. `time` is what it says; `now` is the server's time. */
  take(time: number | undefined, now: number): boolean {
    if (this.#since === undefined) return false;
    const isReplayed = time === undefined ? now - this.#since < BURST_MS : time < this.#since;
    if (isReplayed) this.#count++;
    else if (time !== undefined) this.#since = undefined;
    return isReplayed;
  }
}
