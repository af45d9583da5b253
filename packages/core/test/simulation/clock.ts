import { type Environment, systemEnvironment, type Timer } from '../../src/index.ts';
import type { Random } from './random.ts';

interface Pending {
  readonly due: number;
  readonly order: number;
  task: (() => void) | undefined;
}

const isBefore = (a: Pending, b: Pending): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);

/**
 * Time for a whole world: whole milliseconds, in a heap, and all that falls due in one of them runs in one turn. So a
 * run of fifty clients needs a tenth of the turns that `VirtualEnvironment` gives each timer of its own.
 */
export class Clock implements Environment {
  #time = 0;
  #order = 0;
  readonly #heap: Pending[] = [];
  #turn: (() => void)[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#time;
  }

  elapsed(): number {
    return this.#time;
  }

  random(): number {
    return this.#random.next();
  }

  after(ms: number, task: () => void): Timer {
    const pending: Pending = { due: this.#time + Math.ceil(Math.max(ms, 0)), order: this.#order++, task };
    this.#push(pending);
    return {
      cancel: () => {
        pending.task = undefined;
      },
    };
  }

  soon(task: () => void): void {
    this.#turn.push(task);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Ends turns until nothing is left to do at the present time. */
  async settle(): Promise<void> {
    await turn();
    while (this.#turn.length > 0) {
      const tasks = this.#turn;
      this.#turn = [];
      for (const task of tasks) task();
      await turn();
    }
  }

  /** Moves time on to `until`, and settles after each moment at which something fell due. */
  async reach(until: number): Promise<void> {
    await this.settle();
    for (let first = this.#heap[0]; first !== undefined && first.due <= until; first = this.#heap[0]) {
      this.#time = Math.max(this.#time, first.due);
      let ran = false;
      for (let next = this.#heap[0]; next !== undefined && next.due <= this.#time; next = this.#heap[0]) {
        this.#pop();
        ran ||= next.task !== undefined;
        next.task?.();
      }
      if (ran) await this.settle();
    }
    this.#time = Math.max(this.#time, until);
  }

  #push(pending: Pending): void {
    const heap = this.#heap;
    let at = heap.push(pending) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Pending;
      if (isBefore(parent, pending)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = pending;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Pending;
    if (heap.length === 0) return;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, heap[below] as Pending)) below++;
      const child = heap[below] as Pending;
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    systemEnvironment.soon(resolve);
  });
}
