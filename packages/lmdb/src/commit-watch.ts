import { type FSWatcher, watch } from 'node:fs';

/** How long after a sign of a commit it is looked for again and again, in milliseconds. */
const HOT_MS = 30;
/** How often a process that is alone makes sure that it still is, in milliseconds. */
const ALONE_MS = 1_000;

export interface WatchTask {
  /** Looks for new entries. */
  readonly look: () => void;
  /** Whether other processes have the database open. Asked about once in {@link ALONE_MS}. */
  readonly hasOthers: () => boolean;
}

/**
 * Learns of other processes' commits: a note of the file system that the file was written to, and a look every `pollMs`
 * while there are others. The note alone would not do: it comes a moment before the commit can be seen, and on some
 * systems not at all. Alone, only a look a second remains. Nothing here keeps the process alive.
 */
export class CommitWatch {
  readonly #task: WatchTask;
  readonly #pollMs: number;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hotUntil = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #hasOthers = false;

  constructor(path: string, pollMs: number, task: WatchTask) {
    this.#task = task;
    this.#pollMs = pollMs;
    try {
      this.#watcher = watch(path, { persistent: false }, () => this.#noticed());
      this.#watcher.on('error', () => this.#unwatch());
    } catch {
      this.#watcher = undefined;
    }
    this.#tick();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unwatch();
  }

  #noticed(): void {
    if (this.#timer === undefined) return;
    const wasIdle = this.#intervalMs > this.#pollMs;
    this.#hotUntil = performance.now() + HOT_MS;
    // Who has just come is entered by a commit, too.
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.#task.look();
    if (wasIdle) this.#schedule();
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#askedAt >= ALONE_MS) {
      this.#askedAt = now;
      this.#hasOthers = this.#task.hasOthers();
    }
    this.#task.look();
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), this.#intervalMs).unref();
  }

  get #intervalMs(): number {
    const isBusy = this.#hasOthers || this.#watcher === undefined || performance.now() < this.#hotUntil;
    return isBusy ? this.#pollMs : ALONE_MS;
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
