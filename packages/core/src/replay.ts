import { CATCH_UP_BYTES } from './backlog.ts';
import { spread } from './environment.ts';
import { sseErrorCode } from './errors.ts';
import { EVENT_ID_PATTERN, type EventId, type LogGapReason } from './event-log.ts';
import type { FanOut } from './fan-out.ts';
import { encodeEntry, type Frame } from './frame.ts';
import type { Hub } from './hub.ts';
import type { Subscriber } from './subscriber.ts';
import type { Resume } from './system-events.ts';

interface Page {
  readonly entries: readonly Frame[];
  /** Id of the last entry shown when the log was asked. */
  readonly askedAt: EventId;
  readonly gap: LogGapReason | undefined;
}

/** How a subscription will begin, decided before its head is sent. */
export interface Start {
  readonly resume: Resume;
  /** What it asked for, checked; absent without a cursor, or with one that can't be an id. */
  readonly cursor?: EventId;
  /** What it asked for, as it came. */
  readonly requested?: string;
  /** The first page, where the log had to be asked. */
  readonly page?: Page;
}

/** Wait before a read that failed during a replay is tried again, in milliseconds. */
const READ_RETRY_MS = 1_000;

/**
 * Joins replay to live without a hole and without a repeat.
 *
 * The last of what has been shown is sent and the subscriber attached in one turn, so nothing can come in between. A
 * cursor older than the window is first brought forward by pages from the log. All goes in pieces under the sink's
 * backpressure, and the filter is asked for every event, so that rights are those of now.
 */
export class Replay {
  readonly #hub: Hub;
  readonly #fanOut: FanOut;
  readonly #reads = new Map<EventId, Promise<Page>>();
  readonly #queue: (readonly [proceed: () => void, fail: (error: unknown) => void])[] = [];
  #running = 0;

  constructor(hub: Hub, fanOut: FanOut) {
    this.#hub = hub;
    this.#fanOut = fanOut;
  }

  /** Reads of the log under way or waiting. */
  get pendingReads(): number {
    return this.#running + this.#queue.length;
  }

  /** Decides how to begin. Rejects where the log would have to be asked and does not answer. */
  async begin(lastEventId: string | undefined): Promise<Start> {
    const { log, window } = this.#hub;
    if (!lastEventId) return { resume: 'new' };
    // As a query that came twice, or with brackets, is handed on by those who do not check types.
    if (typeof lastEventId !== 'string') return { resume: 'reset' };
    const cursor = EVENT_ID_PATTERN.test(lastEventId) ? log.parseId(lastEventId) : undefined;
    if (cursor === undefined) return { resume: 'reset', requested: lastEventId };
    if (window.positionAfter(cursor) !== undefined) return { resume: 'resumed', cursor };
    const page = await this.#read(cursor);
    return { resume: page.gap === undefined ? 'resumed' : 'reset', cursor, page };
  }

  /** Brings a subscriber from its start to live. `writable`: whether its sink takes more. Never rejects. */
  async run(subscriber: Subscriber, start: Start, writable: boolean): Promise<void> {
    let { cursor, page } = start;
    if (cursor === undefined) {
      if (start.resume === 'reset') subscriber.writeGap('malformed', start.requested, undefined);
      return subscriber.attach(writable);
    }
    while (!subscriber.ended) {
      const { window, bounds, log } = this.#hub;
      const position = page === undefined ? window.positionAfter(cursor) : undefined;
      let entries: readonly Frame[];
      // Whether nothing that has been shown is left after `entries`.
      let complete: boolean;
      if (position !== undefined) {
        entries = window.slice(position, bounds.replayPageSize);
        complete = position + entries.length >= window.end;
      } else {
        page ??= await this.#readAgain(subscriber, cursor);
        if (page === undefined || subscriber.ended) return;
        [entries, complete] = this.#examine(subscriber, page, cursor);
        // Another server has shown this client more than our tail has brought yet.
        if (
          complete &&
          entries.length === 0 &&
          !page.gap &&
          log.compare(cursor, this.#hub.window.shownId) > 0
        ) {
          await this.#fanOut.moved();
          complete = false;
        }
        page = undefined;
      }
      for (let at = 0; at < entries.length && !subscriber.ended; ) {
        if (!writable) {
          await subscriber.drained();
          complete = false; // more may have been shown meanwhile
        }
        const frames: Frame[] = [];
        for (let bytes = 0; at < entries.length && bytes < CATCH_UP_BYTES; at++) {
          const frame = entries[at] as Frame;
          cursor = frame.id;
          if (!subscriber.group.filter.matches(frame.topic)) continue;
          frames.push(frame);
          bytes += frame.bytes.length;
        }
        writable = subscriber.writeReplay(frames, cursor);
      }
      if (complete) return subscriber.attach(writable);
    }
  }

  /** What of a page is to be sent, and whether that is all that has been shown. Tells of the gap, where there is one. */
  #examine(subscriber: Subscriber, page: Page, cursor: EventId): [readonly Frame[], boolean] {
    const { log, window, bounds } = this.#hub;
    // What the log holds beyond the last entry shown will come by the tail, and must not come twice.
    let shown = page.entries.filter(({ id }) => log.compare(id, window.shownId) <= 0);
    // More may have been shown since the log was asked, and the page can't have it.
    const isAll = page.entries.length === 0 || shown.length < page.entries.length;
    if (page.gap === undefined) return [shown, isAll && page.askedAt === window.shownId];
    if (bounds.afterGap === 'live') shown = [];
    subscriber.writeGap(page.gap, cursor, shown[0]?.id);
    // Without entries to go on with, the gap has been told up to the last one shown.
    return [shown, shown.length === 0 || (isAll && page.askedAt === window.shownId)];
  }

  /** Reads for a stream that is already open: a log that fails is asked again for as long as the peer stays. */
  async #readAgain(subscriber: Subscriber, cursor: EventId): Promise<Page | undefined> {
    while (!subscriber.ended) {
      try {
        return await this.#read(cursor);
      } catch (error) {
        this.#hub.report(error, 'replay');
        await this.#hub.sleep(spread(this.#hub.environment, READ_RETRY_MS, 0.5));
      }
    }
    return undefined;
  }

  /** One read serves all who ask for the same page at the same time. */
  #read(cursor: EventId): Promise<Page> {
    const page = this.#reads.get(cursor) ?? this.#readPage(cursor).finally(() => this.#reads.delete(cursor));
    this.#reads.set(cursor, page);
    return page;
  }

  async #readPage(cursor: EventId): Promise<Page> {
    const { log, bounds } = this.#hub;
    // A slot is handed over, not freed, so that no newcomer takes it first.
    if (this.#running >= bounds.maxReplayReads)
      await new Promise<void>((resolve, reject) => {
        this.#queue.push([resolve, reject]);
      });
    else this.#running++;
    try {
      const askedAt = this.#hub.window.shownId;
      const page = await this.#hub.inTime(log.read(cursor, bounds.replayPageSize));
      return {
        entries: page.entries.map(encodeEntry),
        askedAt,
        gap: page.kind === 'gap' ? page.reason : undefined,
      };
    } catch (error) {
      // Who waits behind a log that does not answer would wait as long again.
      if (sseErrorCode(error) === 'log-unavailable')
        for (const [, fail] of this.#queue.splice(0)) fail(error);
      throw error;
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next[0]();
    }
  }
}
