import { spread } from './environment.ts';
import { SseError } from './errors.ts';
import type { EventId, LogPage } from './event-log.ts';
import type { FanOut } from './fan-out.ts';
import type { Hub } from './hub.ts';

/** First and longest wait before the tail is opened again, in milliseconds; doubled each time, spread by a half. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/**
 * Follows the log for the whole process, and opens the tail again when it breaks.
 *
 * What was appended between two tails is read from the log, so that the entries handed on have no hole. Where the log
 * can't prove that, everyone is told of a gap.
 */
export class TailFollower {
  /** Whether the tail is open, so that a new subscriber will miss nothing. */
  following = false;
  readonly #abort = new AbortController();
  readonly #waiters = new Set<() => void>();
  readonly #hub: Hub;
  readonly #fanOut: FanOut;

  constructor(hub: Hub, fanOut: FanOut) {
    this.#hub = hub;
    this.#fanOut = fanOut;
    void this.#run();
  }

  stop(): void {
    this.#abort.abort();
    this.#turn(false);
  }

  /**
   * Settles once the tail is open.
   *
   * @throws SseError `log-unavailable` where it is not within `logTimeoutMs`.
   */
  async opened(): Promise<void> {
    if (!this.following && !this.#abort.signal.aborted) {
      let waiter = (): void => undefined;
      const opened = new Promise<void>((resolve) => {
        waiter = resolve;
        this.#waiters.add(resolve);
      });
      // Whoever gave up is forgotten: while the log is down, all clients come again every few seconds.
      await this.#hub.inTime(opened).finally(() => this.#waiters.delete(waiter));
    }
    if (!this.following) throw new SseError('log-unavailable', 'The event log is not followed any more');
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let wait = FIRST_RETRY_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      try {
        for await (const { entries, position } of this.#hub.log.tail(signal)) {
          if (signal.aborted) return;
          if (!this.following) {
            await this.#join(position);
            if (signal.aborted) return;
            wait = FIRST_RETRY_MS;
            this.#turn(true);
          }
          await this.#fanOut.hold(entries);
        }
        throw new SseError('log-unavailable', 'The tail of the event log ended');
      } catch (error) {
        this.following = false;
        if (signal.aborted) return;
        this.#hub.report(error, 'tail');
      }
      await this.#hub.sleep(spread(this.#hub.environment, wait, 0.5));
    }
  }

  /** Brings what lies between the newest entry known and the position at which the new tail began. */
  async #join(position: EventId): Promise<void> {
    const { log, bounds, window } = this.#hub;
    if (window === undefined) return this.#fanOut.open(position);
    let cursor = window.newestId;
    while (cursor !== position && !this.#abort.signal.aborted) {
      const page: LogPage = await this.#hub.inTime(log.read(cursor, bounds.replayPageSize));
      const entries = page.entries.filter(({ id }) => log.compare(id, position) <= 0);
      if (page.kind === 'gap') await this.#fanOut.lose(entries, position);
      else await this.#fanOut.hold(entries);
      const last = entries.at(-1);
      if (last === undefined || entries.length < page.entries.length) return;
      cursor = last.id;
    }
  }

  #turn(following: boolean): void {
    this.following = following;
    for (const waiter of this.#waiters) waiter();
  }
}
