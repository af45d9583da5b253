import type { BroadcasterBounds, BroadcasterHooks, ErrorContext } from './broadcaster-options.ts';
import { type Environment, spread } from './environment.ts';
import { SseError } from './errors.ts';
import type { EventLog } from './event-log.ts';
import type { Sink } from './sink.ts';
import { type Counters, createCounters } from './stats.ts';
import type { Window } from './window.ts';

type Hook = (...args: unknown[]) => unknown;

/** What the parts of one broadcaster share. */
export class Hub {
  readonly counters: Counters = createCounters();
  /** Recent entries. There is a window from the moment on that the tail has first opened; nobody joins before. */
  window!: Window;
  #delivering = false;
  #later: (() => void)[] = [];

  constructor(
    readonly bounds: BroadcasterBounds,
    readonly environment: Environment,
    readonly log: EventLog,
    readonly hooks: BroadcasterHooks,
  ) {}

  /**
   * Gives to all groups. Hooks run only after it: in between, some have been given what is shown and others not yet,
   * and a hook that ends one of these would tell it to resume too late.
   */
  deliver(give: () => void): void {
    this.#delivering = true;
    give();
    this.#delivering = false;
    const tasks = this.#later;
    this.#later = [];
    for (const task of tasks) task();
  }

  /** Calls a hook. It is the application's: what it throws, or rejects with, must not reach the streams. */
  tell<Name extends Exclude<keyof BroadcasterHooks, 'onError'>>(
    name: Name,
    ...args: Parameters<NonNullable<BroadcasterHooks[Name]>>
  ): void {
    const hook = this.hooks[name] as Hook | undefined;
    if (hook === undefined) return;
    if (this.#delivering) this.#later.push(() => this.tell(name, ...args));
    else
      attempt(
        () => hook(...args),
        (error) => this.report(error, 'hook'),
      );
  }

  report(error: unknown, during: ErrorContext['during']): void {
    this.counters.errors++;
    const { onError = logError } = this.hooks;
    // Where the reporter itself fails there is nobody left to tell.
    attempt(() => onError(error, { during }));
  }

  /**
   * What the log answers.
   *
   * @throws SseError `log-unavailable` where it does not within `logTimeoutMs`.
   */
  inTime<Value>(answer: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const timer = this.environment.after(this.bounds.logTimeoutMs, () =>
        reject(new SseError('log-unavailable', 'The event log does not answer; try again later')),
      );
      answer.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.environment.after(ms, resolve);
    });
  }

  /** What one client is told to wait before it reconnects. */
  spreadRetry(): number {
    return spread(this.environment, this.bounds.retryMs, 0.2);
  }
}

function logError(error: unknown, { during }: ErrorContext): void {
  console.error(`@sse/core: failed during ${during}:`, error);
}

/** Cuts a connection, also one whose sink throws at that. */
export function cut(sink: Sink): void {
  attempt(() => sink.destroy());
}

/** Nobody waits for an async function given as a hook: unhandled, its rejection would end the process. */
function attempt(work: () => unknown, onFailure: (error: unknown) => void = () => undefined): void {
  try {
    const result = work();
    if (result instanceof Promise) result.catch(onFailure);
  } catch (error) {
    onFailure(error);
  }
}
