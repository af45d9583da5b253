import { unavailable } from './errors.ts';
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
export interface TailFollower {
  /**
   * Settles once the tail is open.
   *
   * @throws SseError `log-unavailable` where it is not within `logTimeoutMs`.
   */
  opened(): Promise<void>;
  stop(): void;
}

export function followTail(hub: Hub, fanOut: FanOut): TailFollower {
  const { bounds, log } = hub;
  const abort = new AbortController();
  const { signal } = abort;
  const waiters = new Set<() => void>();

  function turn(running: boolean): void {
    hub.running = running;
    for (const wake of waiters) wake();
  }

  /** Brings what lies between the newest entry known and the position at which the new tail began. */
  async function join(position: EventId): Promise<void> {
    if (!hub.window.shownId) return fanOut.open(position);
    let cursor = hub.window.newestId;
    while (cursor !== position && !signal.aborted) {
      const page: LogPage = await hub.inTime(log.read(cursor, bounds.replayPageSize));
      const entries = page.entries.filter(({ id }) => log.compare(id, position) <= 0);
      await (page.kind === 'gap' ? fanOut.lose(entries, position) : fanOut.hold(entries));
      const last = entries.at(-1);
      if (last) cursor = last.id;
      // Nothing is left up to there; or it was lost meanwhile, and then so was the place of the tail.
      else if (page.kind === 'gap' || (await hub.inTime(log.read(position, 1))).kind === 'page') return;
      else throw unavailable('lost its tail');
    }
  }

  async function follow(): Promise<void> {
    for (let wait = FIRST_RETRY_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      try {
        for await (const { entries, position } of log.tail(signal)) {
          if (!hub.running) {
            await join(position);
            if (signal.aborted) return;
            wait = FIRST_RETRY_MS;
            turn(true);
          }
          await fanOut.hold(entries);
        }
        throw unavailable('ended its tail');
      } catch (error) {
        hub.running = false;
        if (signal.aborted) return;
        hub.report(error, 'tail');
      }
      await hub.pause(wait);
    }
  }

  void follow();
  return {
    async opened() {
      if (!hub.running && !signal.aborted) {
        let waiter = (): void => undefined;
        const opened = new Promise<void>((resolve) => {
          waiter = resolve;
          waiters.add(resolve);
        });
        // Whoever gave up is forgotten: while the log is down, all clients come again every few seconds.
        await hub.inTime(opened).finally(() => waiters.delete(waiter));
      }
      if (!hub.running) throw unavailable('is not followed any more');
    },
    stop() {
      abort.abort();
      turn(false);
    },
  };
}
