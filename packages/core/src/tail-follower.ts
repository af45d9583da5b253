import { type Environment, spread } from './environment.ts';
import { SseError } from './errors.ts';
import type { Entry, EventId, EventLog, LogPage } from './event-log.ts';

export interface TailFollowerOptions {
  readonly log: EventLog;
  readonly environment: Environment;
  /** Entries asked for at once while closing a hole between two tails. */
  readonly pageSize: number;
  /** Id of the newest entry brought so far; `undefined` before the first tail has opened. */
  newestId(): EventId | undefined;
  /** The first tail has opened at `position`. */
  onStart(position: EventId): void;
  onEntries(entries: readonly Entry[]): void;
  /** Entries after the newest one are lost. What is left of the log goes on with `entries`, or at `position`. */
  onLost(entries: readonly Entry[], position: EventId): void;
  onError(error: unknown): void;
}

/** First and longest wait before the tail is opened again, in milliseconds; doubled each time, spread by a half. */
export const TAIL_RETRY_MS: Readonly<{ first: number; longest: number }> = Object.freeze({
  first: 100,
  longest: 5_000,
});

/**
 * Follows the log for the whole process, and opens the tail again when it breaks.
 *
 * What was appended between two tails is read from the log, so that the entries handed on have no hole. Where the log
 * can't prove that, `onLost` says so.
 */
export class TailFollower {
  /** Whether the tail is open, so that a new subscriber will miss nothing. */
  following = false;
  private readonly abort = new AbortController();
  private readonly waiters = new Set<() => void>();
  private attempt = 0;

  constructor(private readonly options: TailFollowerOptions) {}

  start(): void {
    void this.run();
  }

  stop(): void {
    this.abort.abort();
    this.following = false;
    this.wake();
  }

  /**
   * Settles once the tail is open.
   *
   * @throws SseError `log-unavailable` where it is not within `timeoutMs`.
   */
  async opened(timeoutMs: number): Promise<void> {
    if (!this.following && !this.abort.signal.aborted) {
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          timer.cancel();
          this.waiters.delete(settle);
          resolve();
        };
        const timer = this.options.environment.after(timeoutMs, settle);
        this.waiters.add(settle);
      });
    }
    if (!this.following)
      throw new SseError('log-unavailable', 'The event log does not answer; try again later');
  }

  private async run(): Promise<void> {
    const { environment, onError } = this.options;
    while (!this.abort.signal.aborted) {
      try {
        await this.follow();
      } catch (error) {
        if (!this.abort.signal.aborted) onError(error);
      }
      this.following = false;
      if (this.abort.signal.aborted) return;
      const wait = Math.min(TAIL_RETRY_MS.first * 2 ** this.attempt++, TAIL_RETRY_MS.longest);
      await new Promise<void>((resolve) => {
        environment.after(spread(environment, wait, 0.5), resolve);
      });
    }
  }

  private async follow(): Promise<void> {
    const { log, onEntries } = this.options;
    let first = true;
    for await (const batch of log.tail(this.abort.signal)) {
      if (this.abort.signal.aborted) return;
      if (first) {
        await this.join(batch.position);
        if (this.abort.signal.aborted) return;
        first = false;
        this.attempt = 0;
        this.following = true;
        this.wake();
      }
      if (batch.entries.length > 0) onEntries(batch.entries);
    }
    if (!this.abort.signal.aborted) throw new SseError('log-unavailable', 'The tail of the event log ended');
  }

  /** Brings what lies between the newest entry known and the position at which the new tail began. */
  private async join(position: EventId): Promise<void> {
    const { log, pageSize, newestId, onStart, onEntries, onLost } = this.options;
    const newest = newestId();
    if (newest === undefined) return onStart(position);
    let cursor: EventId = newest;
    while (cursor !== position && !this.abort.signal.aborted) {
      const page: LogPage = await log.read(cursor, pageSize);
      const entries = page.entries.filter(({ id }) => log.compare(id, position) <= 0);
      if (page.kind === 'gap') onLost(entries, position);
      else if (entries.length > 0) onEntries(entries);
      const last = entries.at(-1);
      if (last === undefined || entries.length < page.entries.length) return;
      cursor = last.id;
    }
  }

  private wake(): void {
    for (const waiter of [...this.waiters]) waiter();
  }
}
