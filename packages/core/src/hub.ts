import type { BroadcasterBounds, BroadcasterHooks, ErrorContext } from './broadcaster-options.ts';
import type { Client } from './client.ts';
import { type Environment, spread } from './environment.ts';
import { unavailable } from './errors.ts';
import type { EventLog } from './event-log.ts';
import type { Sink } from './sink.ts';
import { type Counters, createCounters } from './stats.ts';
import type { GapEvent } from './system-events.ts';
import { Window } from './window.ts';

/** What the parts of one broadcaster share. */
export class Hub {
  readonly counters: Counters = createCounters();
  /** Recent entries. At the position `''` until the tail has first opened; nobody joins before. */
  window: Window;
  /** Whether the tail is open, so that a new subscriber will miss nothing. */
  running = false;

  constructor(
    readonly bounds: BroadcasterBounds,
    readonly environment: Environment,
    readonly log: EventLog,
    readonly hooks: BroadcasterHooks,
  ) {
    this.window = new Window('', bounds);
  }

  /**
   * Calls a hook, once what is being done is done: in the middle of a delivery some have been given what is shown and
   * others not yet, and a hook that ends one of these would tell it to resume too late.
   */
  tell<Name extends Exclude<keyof BroadcasterHooks, 'onError'>>(
    name: Name,
    ...args: Parameters<NonNullable<BroadcasterHooks[Name]>>
  ): void {
    const hook = this.hooks[name] as ((...all: typeof args) => unknown) | undefined;
    if (hook === undefined) return;
    later(
      () => hook(...args),
      (error) => this.report(error, 'hook'),
    );
  }

  countGap(client: Client, gap: GapEvent): void {
    this.counters.gaps[gap.reason]++;
    this.tell('onGap', client, gap);
  }

  report(error: unknown, during: ErrorContext['during']): void {
    this.counters.errors++;
    const { onError = logError } = this.hooks;
    // Where the reporter itself fails there is nobody left to tell.
    later(
      () => onError(error, { during }),
      () => undefined,
    );
  }

  /**
   * What the log answers.
   *
   * @throws SseError `log-unavailable` where it does not within `logTimeoutMs`.
   */
  inTime<Value>(answer: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const timer = this.environment.after(this.bounds.logTimeoutMs, () =>
        reject(unavailable('does not answer; try again later')),
      );
      answer.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.environment.after(ms, resolve);
    });
  }

  /** Waits before something that failed is tried again: not all at the same time. */
  pause(ms: number): Promise<void> {
    return this.sleep(spread(this.environment, ms, 0.5));
  }

  /** What one client is told to wait before it reconnects. */
  retryMs(): number {
    return spread(this.environment, this.bounds.retryMs, 0.2);
  }
}

function logError(error: unknown, { during }: ErrorContext): void {
  console.error(`@sse/core: failed during ${during}:`, error);
}

/** Cuts a connection, also one whose sink throws at that. */
export function cut(sink: Sink): void {
  try {
    sink.destroy();
  } catch {
    // It is given up in any case.
  }
}

/** Ends a connection, also one whose sink throws at that. */
export function endSink(sink: Sink): void {
  try {
    sink.end();
  } catch {
    cut(sink);
  }
}

/** Calls what is the application's: what it throws, or rejects with, must not reach the streams. */
function later(work: () => unknown, onFailure: (error: unknown) => void): void {
  void Promise.resolve().then(work).catch(onFailure);
}
