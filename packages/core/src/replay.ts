import { CATCH_UP_BYTES } from './backlog.ts';
import { sseErrorCode } from './errors.ts';
import type { EventId, LogGapReason } from './event-log.ts';
import type { FanOut } from './fan-out.ts';
import { encodeEntry, type Frame } from './frame.ts';
import type { Hub } from './hub.ts';
import type { Subscriber } from './subscriber.ts';
import type { Resume } from './system-events.ts';

interface Page {
  readonly frames: readonly Frame[];
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
export interface Replay {
  /** Reads of the log under way or waiting. */
  readonly pendingReads: number;
  /** Decides how to begin. Rejects where the log would have to be asked and does not answer. */
  begin(lastEventId: string | undefined): Promise<Start>;
  /** Greets a subscriber and brings it from its start to live. Never rejects. */
  run(subscriber: Subscriber, start: Start): Promise<void>;
}

export function createReplay(hub: Hub, fanOut: FanOut): Replay {
  const { bounds, log } = hub;
  const reads = new Map<EventId, Promise<Page>>();
  const queue: (readonly [proceed: () => void, fail: (error: unknown) => void])[] = [];
  let running = 0;

  /** One read serves all who ask for the same page at the same time. */
  function read(cursor: EventId): Promise<Page> {
    const page = reads.get(cursor) ?? readPage(cursor).finally(() => reads.delete(cursor));
    reads.set(cursor, page);
    return page;
  }

  async function readPage(cursor: EventId): Promise<Page> {
    // A slot is handed over, not freed, so that no newcomer takes it first.
    if (running < bounds.maxReplayReads) running++;
    else
      await new Promise<void>((resolve, reject) => {
        queue.push([resolve, reject]);
      });
    try {
      const askedAt = hub.window.shownId;
      const page = await hub.inTime(log.read(cursor, bounds.replayPageSize));
      return {
        frames: page.entries.map(encodeEntry),
        askedAt,
        gap: page.kind === 'gap' ? page.reason : undefined,
      };
    } catch (error) {
      // Who waits behind a log that does not answer would wait as long again.
      if (sseErrorCode(error) === 'log-unavailable') for (const [, fail] of queue.splice(0)) fail(error);
      throw error;
    } finally {
      const [proceed] = queue.shift() ?? [];
      if (proceed) proceed();
      else running--;
    }
  }

  async function begin(lastEventId: string | undefined): Promise<Start> {
    if (!lastEventId) return { resume: 'new' };
    // As a query that came twice, or with brackets, is handed on by those who do not check types.
    if (typeof lastEventId !== 'string') return { resume: 'reset' };
    const cursor = log.parseId(lastEventId);
    if (cursor === undefined) return { resume: 'reset', requested: lastEventId };
    if (hub.window.positionAfter(cursor) !== undefined) return { resume: 'resumed', cursor };
    const page = await read(cursor);
    return { resume: page.gap ? 'reset' : 'resumed', cursor, page };
  }

  /** What of a page is to be sent. Tells of the gap, where there is one. */
  function examine(subscriber: Subscriber, { frames, gap }: Page, cursor: EventId): readonly Frame[] {
    // What the log holds beyond the last entry shown will come by the tail, and must not come twice.
    let shown = frames.filter(({ id }) => log.compare(id, hub.window.shownId) <= 0);
    if (gap === undefined) return shown;
    if (bounds.afterGap === 'live') shown = [];
    subscriber.writeGap(gap, cursor, shown[0]?.id);
    return shown;
  }

  async function run(subscriber: Subscriber, start: Start): Promise<void> {
    let { cursor = hub.window.shownId, page } = start;
    let writable = subscriber.greet(start.resume);
    if (start.resume === 'reset' && page === undefined)
      subscriber.writeGap('malformed', start.requested, undefined);
    while (!subscriber.ended) {
      const { window } = hub;
      const position = page === undefined ? window.positionAfter(cursor) : undefined;
      let frames: readonly Frame[];
      if (position !== undefined) {
        if (position >= window.end) {
          hub.tell('onLive', subscriber.client, start.resume);
          return subscriber.attach(writable);
        }
        frames = window.slice(position, bounds.replayPageSize);
      } else {
        page ??= await read(cursor).catch(failed);
        if (page === undefined) continue;
        frames = examine(subscriber, page, cursor);
        const { shownId } = hub.window;
        if (frames.length === 0) {
          // Another server has shown this client more than our tail has brought yet.
          if (!page.gap && log.compare(cursor, shownId) > 0) await fanOut.moved();
          // Nothing is left; unless more was shown since the log was asked, which this page can't have.
          else if (page.gap || page.askedAt === shownId) cursor = shownId;
        }
        page = undefined;
      }
      for (let at = 0; at < frames.length && !subscriber.ended; ) {
        if (!writable) await subscriber.writable();
        const piece: Frame[] = [];
        for (let bytes = 0; at < frames.length && bytes < CATCH_UP_BYTES; at++) {
          const frame = frames[at] as Frame;
          cursor = frame.id;
          if (!subscriber.group.filter.matches(frame.topic, frame.private)) continue;
          piece.push(frame);
          bytes += frame.bytes.length;
        }
        hub.counters.replayed += piece.length;
        writable = subscriber.give(piece, cursor);
      }
    }
  }

  /** A stream that is open already waits for its log for as long as its peer stays. */
  async function failed(error: unknown): Promise<undefined> {
    hub.report(error, 'replay');
    await hub.pause(READ_RETRY_MS);
  }

  return {
    get pendingReads() {
      return running + queue.length;
    },
    begin,
    run,
  };
}
