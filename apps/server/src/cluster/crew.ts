import cluster, { type Worker } from 'node:cluster';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { FromPrimary, FromWorker } from './messages.ts';

export interface CrewOptions {
  readonly size: number;
  /** Environment of the workers, beside the primary's own. */
  readonly env: Readonly<Record<string, string>>;
  /** A worker that retires has this long to end its streams; then it is killed. */
  readonly retireMs: number;
  readonly logger: Logger;
  /** Told of what a worker says, but `ready`. */
  readonly heard: (worker: Worker, message: FromWorker) => void;
  /** A worker came or went. */
  readonly changed: () => void;
}

/** A worker that dies this soon after its start is started anew with growing pauses. */
const SOON_MS = 5_000;
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 10_000;
/** Beyond the time that a retiring worker was given. */
const GRACE_MS = 2_000;

/** Ended before it served: with what exit code. */
export class WorkerFailed extends Error {
  constructor(readonly exitCode: number) {
    super(`a worker ended with ${exitCode} before it served`);
  }
}

/** Keeps a number of workers at work: one that dies is replaced, and all can be replaced one after the other. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #serving = new Set<Worker>();
  readonly #retiring = new Set<Worker>();
  #pauseMs = 0;
  #stopped = false;
  #rolling: Promise<void> | undefined;

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** Workers that serve, and those whose last streams are ending. */
  get workers(): readonly Worker[] {
    return [...this.#serving, ...this.#retiring];
  }

  /** Starts them, the first one alone: what keeps it from serving would keep the others, too. Answers with its URL. */
  async start(): Promise<string> {
    const url = await this.#hire();
    await Promise.all(Array.from({ length: this.#options.size - 1 }, () => this.#hire()));
    return url;
  }

  /** Replaces each worker by a new one, one after the other. A call while that goes on waits for it. */
  roll(): Promise<void> {
    this.#rolling ??= this.#replaceAll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  /** Retires all, and settles when they are gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.workers.map((worker) => this.#retire(worker)));
  }

  tell(worker: Worker, message: FromPrimary): void {
    // One that is just ending may be connected still: without a callback the failure would be an error of this process.
    if (worker.isConnected()) worker.send(message, () => undefined);
  }

  async #replaceAll(): Promise<void> {
    for (const worker of [...this.#serving]) {
      if (this.#stopped) return;
      await this.#hire();
      await this.#retire(worker);
    }
  }

  /** Starts one; settles with its URL when it serves. Rejects where it ends before that. */
  async #hire(): Promise<string> {
    const worker = cluster.fork(this.#options.env);
    const startedAt = performance.now();
    const url = await new Promise<string>((resolve, reject) => {
      worker.once('exit', (code) => reject(new WorkerFailed(code || 1)));
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') resolve(message.url);
        else this.#options.heard(worker, message);
      });
    });
    worker.removeAllListeners('exit');
    worker.once('exit', (code, signal) => this.#gone(worker, startedAt, signal ?? code));
    this.#serving.add(worker);
    this.#options.changed();
    // Hired while all were told to go.
    if (this.#stopped) await this.#retire(worker);
    return url;
  }

  #gone(worker: Worker, startedAt: number, how: string | number): void {
    const wasServing = this.#serving.delete(worker);
    this.#retiring.delete(worker);
    this.#options.changed();
    if (!wasServing || this.#stopped) return;
    const { logger } = this.#options;
    logger.error({ worker: worker.id, how }, 'a worker died; another takes its place');
    const livedMs = performance.now() - startedAt;
    this.#pauseMs = livedMs < SOON_MS ? Math.min(Math.max(this.#pauseMs * 2, MIN_PAUSE_MS), MAX_PAUSE_MS) : 0;
    void this.#replace();
  }

  async #replace(): Promise<void> {
    while (!this.#stopped && this.#serving.size < this.#options.size) {
      await wait(this.#pauseMs);
      if (this.#stopped) return;
      try {
        await this.#hire();
      } catch (error) {
        this.#options.logger.error({ err: error }, 'a worker did not come up; it is tried again');
        this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, MIN_PAUSE_MS), MAX_PAUSE_MS);
      }
    }
  }

  /** Takes no more from it, and settles when it is gone. */
  async #retire(worker: Worker): Promise<void> {
    this.#serving.delete(worker);
    if (worker.isDead()) return;
    this.#retiring.add(worker);
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    this.tell(worker, { kind: 'retire' });
    const late = setTimeout(() => worker.process.kill('SIGKILL'), this.#options.retireMs + GRACE_MS);
    await gone;
    clearTimeout(late);
  }
}
