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
  readonly #entries = new Ring<FramedEntry>();
  /** For each id the position after it; in order, the first being the id just before the oldest entry kept. */
  readonly #after: Map<EventId, number>;
  readonly #bounds: WindowBounds;
  /** Position after the last entry shown. */
  end = 0;
  /** Id of the last entry shown, or the position of the log that the window started at. */
  shownId: EventId;
  /** Bytes of the frames kept. */
  bytes = 0;
  /** Bytes of the frames held but not yet shown. */
  heldBytes = 0;

  /**
   * @param position - The log's position that the window starts at.
   * @param contiguous - Whether the next entry pushed is the one right after `position`.
   */
  constructor(position: EventId, bounds: WindowBounds, contiguous = true) {
    this.#bounds = bounds;
    this.shownId = position;
    this.#after = new Map([[contiguous ? position : '', 0]]); // no cursor is ''
  }

  /** Entries kept. */
  get size(): number {
    return this.#entries.length;
  }

  /** Id of the last entry held, shown or not. */
  get newestId(): EventId {
    return this.#entries.at(this.#entries.end - 1)?.frame.id ?? this.shownId;
  }

  push(entry: Entry): void {
    const framed = frameEntry(entry);
    this.#entries.push(framed);
    this.#after.set(entry.id, this.#entries.end);
    this.bytes += framed.frame.bytes.byteLength;
    this.heldBytes += framed.frame.bytes.byteLength;
  }

  /** Shows what is held, forgets what is beyond the bounds, and answers what is new. */
  show(): readonly FramedEntry[] {
    const entries = this.#entries;
    const fresh = entries.slice(this.end, entries.end);
    this.shownId = this.newestId;
    this.end = entries.end;
    this.heldBytes = 0;
    while (entries.length > this.#bounds.windowSize || this.bytes > this.#bounds.windowBytes) {
      this.bytes -= entries.at(entries.start)?.frame.bytes.byteLength ?? 0;
      entries.dropBefore(entries.start + 1);
      const [first = ''] = this.#after.keys();
      this.#after.delete(first);
    }
    return fresh;
  }

  /** Position of the first shown entry after `id`, or `undefined` where the window can't prove that none is missing. */
  positionAfter(id: EventId): number | undefined {
    if (id === this.shownId) return this.end;
    const position = this.#after.get(id);
    return position !== undefined && position <= this.end ? position : undefined;
  }

  /** At most `limit` of the entries shown, from `position` on. */
  slice(position: number, limit: number): readonly FramedEntry[] {
    return this.#entries.slice(position, Math.min(position + limit, this.end));
  }
}
