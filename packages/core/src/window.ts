import type { Entry, EventId } from './event-log.ts';
import { encodeEntry, type Frame } from './frame.ts';
import { Ring } from './ring.ts';

/** An entry ready to be sent: its topic, and its frame with the id. */
export interface FramedEntry {
  readonly topic: string;
  readonly frame: Frame;
}

/** Encodes an entry; done once for all who get it. */
export function frameEntry(entry: Entry): FramedEntry {
  return { topic: entry.topic, frame: encodeEntry(entry) };
}

export interface WindowBounds {
  readonly windowSize: number;
  readonly windowBytes: number;
}

/**
 * Recent entries kept in this process with their frames: every entry that the tail brought, without a hole.
 *
 * What the tail brings is first only held (`push`); at the end of the turn it is shown to all at once (`show`). Only
 * what has been shown counts for whoever joins, so that a joiner and the groups always agree on where "now" is.
 */
export class Window {
  private readonly entries = new Ring<FramedEntry>();
  /** Id of the entry just before the oldest kept; `undefined` where no id is known to stand there. */
  private beforeId: EventId | undefined;
  private shownEnd = 0;
  private shown: EventId;
  /** Bytes of the frames kept. */
  bytes = 0;
  /** Bytes of the frames held but not yet shown. */
  heldBytes = 0;

  /**
   * @param position - The log's position that the window starts at.
   * @param contiguous - Whether the next entry pushed is the one right after `position`.
   */
  constructor(
    position: EventId,
    private readonly bounds: WindowBounds,
    private readonly compare: (a: EventId, b: EventId) => number,
    contiguous = true,
  ) {
    this.beforeId = contiguous ? position : undefined;
    this.shown = position;
  }

  /** Entries kept. */
  get size(): number {
    return this.entries.length;
  }

  /** Position after the last entry shown. */
  get end(): number {
    return this.shownEnd;
  }

  /** Id of the last entry shown, or the position the window started at. */
  get shownId(): EventId {
    return this.shown;
  }

  /** Id of the last entry held, shown or not. */
  get newestId(): EventId {
    return this.entries.at(this.entries.end - 1)?.frame.id ?? this.shown;
  }

  push(entry: Entry): void {
    const framed = frameEntry(entry);
    this.entries.push(framed);
    this.bytes += framed.frame.bytes.byteLength;
    this.heldBytes += framed.frame.bytes.byteLength;
  }

  /** Shows what is held, forgets what is beyond the bounds, and answers what is new. */
  show(): readonly FramedEntry[] {
    const fresh = this.entries.slice(this.shownEnd, this.entries.end);
    const last = fresh.at(-1);
    if (last === undefined) return fresh;
    this.shownEnd = this.entries.end;
    this.shown = last.frame.id;
    this.heldBytes = 0;
    while (this.size > this.bounds.windowSize || this.bytes > this.bounds.windowBytes) {
      const oldest = this.entries.at(this.entries.start);
      if (oldest === undefined) break;
      this.beforeId = oldest.frame.id;
      this.bytes -= oldest.frame.bytes.byteLength;
      this.entries.dropBefore(this.entries.start + 1);
    }
    return fresh;
  }

  /** Position of the first shown entry after `id`, or `undefined` where the window can't prove that none is missing. */
  positionAfter(id: EventId): number | undefined {
    if (id === this.shown) return this.shownEnd;
    if (id === this.beforeId) return this.entries.start;
    let low = this.entries.start;
    let high = this.shownEnd;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.entries.at(middle);
      if (entry !== undefined && this.compare(entry.frame.id, id) < 0) low = middle + 1;
      else high = middle;
    }
    // Equality by text, not by order: an id of another epoch may compare equal.
    return low < this.shownEnd && this.entries.at(low)?.frame.id === id ? low + 1 : undefined;
  }

  at(position: number): FramedEntry | undefined {
    return position < this.shownEnd ? this.entries.at(position) : undefined;
  }
}
