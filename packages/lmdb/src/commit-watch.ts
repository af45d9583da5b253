import { type FSWatcher, watch } from 'node:fs';

/** How long after a sign of a commit it is looked for again and again, in milliseconds. */
const HOT_MS = 30;
/** How often it is looked all the same where the file system has proven to tell of others' commits. */
const TRUSTING_MS = 50;
/** How often a process that is alone makes sure that it still is. */
const ALONE_MS = 1_000;

export interface WatchTask {
  /** Looks for new entries, and answers whether there were any. */
  readonly look: () => boolean;
  /** How many others have the database open. */
  readonly countOthers: () => number;
}

/**
 * Learns of other processes' commits, by two ways that make up for one another. The file system tells that the file was
 * written to: at once, but a moment before the commit can be seen, and on some systems never. A timer looks every
 * `pollMs` while there are others; it slows down once the file system has told of another's commit, and is fast again
 * as soon as it finds one that the file system did not tell of. Alone, only a look a second remains. Nothing here keeps
 * the process alive.
 */
export class CommitWatch {
  readonly #task: WatchTask;
  readonly #pollMs: number;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #isTrusted = false;
  #hotUntil = 0;
  #countedAt = 0;
  #others = 0;

  constructor(path: string, pollMs: number, task: WatchTask) {
    this.#task = task;
    this.#pollMs = pollMs;
    try {
      this.#watcher = watch(path, { persistent: false }, () => this.#noticed());
      this.#watcher.on('error', () => this.#unwatch());
    } catch {
      this.#watcher = undefined;
    }
    this.#count();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#unwatch();
  }

  #noticed(): void {
    if (this.#stopped) return;
    const wasHot = performance.now() < this.#hotUntil;
    this.#hotUntil = performance.now() + HOT_MS;
    // Our own commits are told of, too, and prove nothing: others' may be on another kernel.
    if (this.#task.look()) this.#isTrusted = true;
    if (wasHot) return;
    if (this.#count()) this.#isTrusted = true;
    this.#schedule();
  }

  #tick(): void {
    const now = performance.now();
    if (this.#task.look() && now >= this.#hotUntil) this.#isTrusted = false;
    if (now - this.#countedAt >= ALONE_MS) this.#count();
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), this.#intervalMs).unref();
  }

  get #intervalMs(): number {
    if (this.#watcher === undefined || performance.now() < this.#hotUntil) return this.#pollMs;
    if (this.#others === 0) return ALONE_MS;
    return this.#isTrusted ? Math.max(this.#pollMs, TRUSTING_MS) : this.#pollMs;
  }

  /** Answers whether there are more or fewer others than before. */
  #count(): boolean {
    const before = this.#others;
    this.#countedAt = performance.now();
    this.#others = this.#task.countOthers();
    return this.#others !== before;
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
