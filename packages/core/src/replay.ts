import { CATCH_UP_BYTES } from './backlog.ts';
import { type Environment, spread } from './environment.ts';
import { EVENT_ID_PATTERN, type EventId, type EventLog, type LogGapReason } from './event-log.ts';
import type { FanOut } from './fan-out.ts';
import type { Frame } from './frame.ts';
import type { Subscriber } from './subscriber.ts';
import type { Resume } from './system-events.ts';
import { type FramedEntry, frameEntry } from './window.ts';

export interface ReplayOptions {
  readonly log: EventLog;
  readonly fanOut: FanOut;
  readonly environment: Environment;
  /** Entries read from the log at once. */
  readonly pageSize: number;
  /** Reads of the log at the same time; more wait for their turn. */
  readonly maxReads: number;
  /** What follows a gap: what is still there, or live events only. */
  readonly afterGap: 'replay' | 'live';
  readonly onReplayed: (events: number) => void;
  readonly onError: (error: unknown) => void;
}

interface Page {
  readonly entries: readonly FramedEntry[];
  /** Id of the last entry shown when the log was asked. */
  readonly shownId: EventId;
  readonly gap?: LogGapReason;
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

/** The next entries that make up one write: those that pass the filter, and the last one looked at. */
function takeChunk(
  subscriber: Subscriber,
  entryAt: (index: number) => FramedEntry | undefined,
  from: number,
): { readonly frames: readonly Frame[]; readonly next: number; readonly cursor: EventId | undefined } {
  const frames: Frame[] = [];
  let bytes = 0;
  let next = from;
  let cursor: EventId | undefined;
  for (let entry = entryAt(next); entry !== undefined && bytes < CATCH_UP_BYTES; entry = entryAt(++next)) {
    cursor = entry.frame.id;
    if (!subscriber.group.filter.matches(entry.topic)) continue;
    frames.push(entry.frame);
    bytes += entry.frame.bytes.byteLength;
  }
  return { frames, next, cursor };
}

/** Wait before a read that failed during a replay is tried again, in milliseconds. */
const READ_RETRY_MS = 1_000;

/**
 * Joins replay to live without a hole and without a repeat.
 *
 * The rest of the window is sent and the subscriber attached in one turn, so nothing can come in between. A cursor
 * older than the window is first brought forward by pages from the log, each under the sink's backpressure. Rights
 * are in the filter, so they are checked again on every replayed event.
 */
export class Replay {
  private readonly reads = new Map<EventId, Promise<Page>>();
  private readonly queue: (() => void)[] = [];
  private running = 0;

  constructor(private readonly options: ReplayOptions) {}

  /** Reads of the log under way or waiting. */
  get pendingReads(): number {
    return this.running + this.queue.length;
  }

  /** Decides how to begin. Rejects where the log would have to be asked and does not answer. */
  async begin(lastEventId: string | undefined): Promise<Start> {
    const { log, fanOut } = this.options;
    if (lastEventId === undefined || lastEventId === '') return { resume: 'new' };
    const cursor = EVENT_ID_PATTERN.test(lastEventId) ? log.parseId(lastEventId) : undefined;
    if (cursor === undefined) return { resume: 'reset', requested: lastEventId };
    if (fanOut.opened.positionAfter(cursor) !== undefined) return { resume: 'resumed', cursor };
    const page = await this.read(cursor);
    return { resume: page.gap === undefined ? 'resumed' : 'reset', cursor, page };
  }

  /** Brings a subscriber from its start to live. `writable`: whether its sink takes more. Never rejects. */
  async run(subscriber: Subscriber, start: Start, writable: boolean): Promise<void> {
    if (start.cursor === undefined) {
      if (start.resume === 'reset' && !subscriber.ended)
        subscriber.writeGap('malformed', start.requested, undefined);
      return subscriber.attach(writable);
    }
    let { cursor, page } = start;
    if (!writable) await subscriber.drained();
    while (!subscriber.ended) {
      if (page === undefined) {
        const position = this.options.fanOut.opened.positionAfter(cursor);
        if (position !== undefined) {
          const sent = this.sendWindow(subscriber, position, cursor);
          if (sent.complete) return subscriber.attach(sent.writable);
          cursor = sent.cursor;
          await subscriber.drained();
          continue;
        }
        page = await this.readAgain(subscriber, cursor);
        if (page === undefined) return;
      }
      const next = await this.sendPage(subscriber, page, cursor);
      if (next === undefined) return;
      cursor = next;
      page = undefined;
    }
  }

  /** Sends what the window holds from `position` on, until the sink says wait. */
  private sendWindow(
    subscriber: Subscriber,
    position: number,
    cursor: EventId,
  ): { complete: boolean; writable: boolean; cursor: EventId } {
    const { opened } = this.options.fanOut;
    let at = position;
    let writable = true;
    while (writable && at < opened.end) {
      const chunk = takeChunk(subscriber, (index) => opened.at(index), at);
      at = chunk.next;
      cursor = chunk.cursor ?? cursor;
      writable = this.give(subscriber, chunk.frames, cursor);
    }
    return { complete: at >= opened.end, writable, cursor };
  }

  /** Sends a page of the log. Answers the cursor to go on from, or `undefined` once the subscriber is attached or gone. */
  private async sendPage(subscriber: Subscriber, page: Page, cursor: EventId): Promise<EventId | undefined> {
    const { log, fanOut, afterGap } = this.options;
    // What the log holds beyond the last entry shown will come by the tail, and must not come twice.
    const { shownId } = fanOut.opened;
    const shown = page.entries.filter(({ frame }) => log.compare(frame.id, shownId) <= 0);
    if (page.gap !== undefined) {
      const goesOn = afterGap === 'replay' ? shown[0]?.frame.id : undefined;
      subscriber.writeGap(page.gap, cursor, goesOn);
      if (afterGap === 'live') return void subscriber.attach(true);
    }
    let waited = false;
    for (let at = 0; at < shown.length; ) {
      const chunk = takeChunk(subscriber, (index) => shown[index], at);
      at = chunk.next;
      cursor = chunk.cursor ?? cursor;
      if (this.give(subscriber, chunk.frames, cursor)) continue;
      waited = true;
      await subscriber.drained();
      if (subscriber.ended) return undefined;
    }
    const exhausted = page.entries.length === 0 || shown.length < page.entries.length;
    if (waited || !exhausted) return cursor;
    // The gap has been told up to the last entry shown.
    if (page.gap !== undefined && shown.length === 0) return void subscriber.attach(true);
    // More has been shown since the log was asked, and the page can't have it.
    if (page.shownId !== shownId) return cursor;
    if (shown.length > 0 || log.compare(cursor, shownId) <= 0) return void subscriber.attach(true);
    // Another server has shown this client more than our tail has brought yet.
    await fanOut.moved();
    return cursor;
  }

  private give(subscriber: Subscriber, frames: readonly Frame[], cursor: EventId): boolean {
    this.options.onReplayed(frames.length);
    return subscriber.writeReplay(frames, cursor);
  }

  /** Reads for a stream that is already open: a log that fails is asked again for as long as the peer stays. */
  private async readAgain(subscriber: Subscriber, cursor: EventId): Promise<Page | undefined> {
    const { environment, onError } = this.options;
    while (!subscriber.ended) {
      try {
        const page = await this.read(cursor);
        return subscriber.ended ? undefined : page;
      } catch (error) {
        onError(error);
        await new Promise<void>((resolve) => {
          environment.after(spread(environment, READ_RETRY_MS, 0.5), resolve);
        });
      }
    }
    return undefined;
  }

  /** One read serves all who ask for the same page at the same time. */
  private read(cursor: EventId): Promise<Page> {
    const known = this.reads.get(cursor);
    if (known !== undefined) return known;
    const page = this.readPage(cursor).finally(() => this.reads.delete(cursor));
    this.reads.set(cursor, page);
    return page;
  }

  private async readPage(cursor: EventId): Promise<Page> {
    const { log, fanOut, maxReads, pageSize } = this.options;
    if (this.running >= maxReads) {
      // The slot is handed over, not freed, so that no newcomer takes it first.
      await new Promise<void>((resolve) => {
        this.queue.push(resolve);
      });
    } else {
      this.running++;
    }
    try {
      const { shownId } = fanOut.opened;
      const page = await log.read(cursor, pageSize);
      const entries = page.entries.map(frameEntry);
      return page.kind === 'page' ? { entries, shownId } : { entries, shownId, gap: page.reason };
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.running--;
      else next();
    }
  }
}
