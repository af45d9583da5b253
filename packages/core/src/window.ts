import type { Entry, EventId } from './event-log.ts';
import { encodeEntry, type Frame } from './frame.ts';
import { Ring } from './ring.ts';

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
  readonly #frames = new Ring<Frame>();
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
  held = 0;

  /** @param position - The id right before the next entry pushed, or `''`, which is no cursor, where none is known. */
  constructor(position: EventId, bounds: WindowBounds) {
    this.#bounds = bounds;
    this.shownId = position;
    this.#after = new Map([[position, 0]]);
  }

  /** Entries kept. */
  get size(): number {
    return this.#frames.length;
  }

  /** Id of the last entry held, shown or not. */
  get newestId(): EventId {
    return this.#frames.at(this.#frames.end - 1)?.id ?? this.shownId;
  }

  push(entry: Entry): void {
    const frame = encodeEntry(entry);
    this.#frames.push(frame);
    this.#after.set(frame.id, this.#frames.end);
    this.bytes += frame.bytes.length;
    this.held += frame.bytes.length;
  }

  /** Shows what is held, forgets what is beyond the bounds, and answers what is new. */
  show(): readonly Frame[] {
    const frames = this.#frames;
    const fresh = frames.slice(this.end, frames.end);
    this.shownId = this.newestId;
    this.end = frames.end;
    this.held = 0;
    while (frames.length > this.#bounds.windowSize || this.bytes > this.#bounds.windowBytes) {
      const { start } = frames;
      this.bytes -= frames.at(start)?.bytes.length ?? 0;
      frames.dropBefore(start + 1);
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
  slice(position: number, limit: number): readonly Frame[] {
    return this.#frames.slice(position, Math.min(position + limit, this.end));
  }
}
