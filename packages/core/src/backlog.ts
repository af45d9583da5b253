import type { Frame } from './frame.ts';
import type { Group } from './group.ts';

/** What happens to a subscriber whose queue is full. */
export type QueuePolicy = 'disconnect' | 'drop-oldest' | 'latest';

export interface QueueBounds {
  readonly maxQueueSize: number;
  readonly maxQueueBytes: number;
  readonly queuePolicy: QueuePolicy;
}

/** Most bytes joined into one write while catching up: what a slow sink holds stays near this. */
export const CATCH_UP_BYTES: number = 64 * 1024;
/** Share of a bound at which the warning goes out. */
export const WARNING_RATIO = 0.8;

/**
 * What a waiting subscriber has not been given: two numbers, and the group's frames beyond them.
 *
 * Only the `latest` policy ever puts frames aside for one subscriber, and never more than its bound.
 */
export class Backlog {
  readonly #group: Group;
  /** Position in the group's frames of the next one to give. */
  given: number;
  /** Bytes of all frames of the group that do not wait. */
  #givenBytes: number;
  /** Frames put aside by `keepNewest`; they go before those of the group. */
  #kept: Frame[] = [];

  constructor(group: Group) {
    this.#group = group;
    this.given = group.frames.end;
    this.#givenBytes = group.bytes;
  }

  /** Frames that wait. */
  get size(): number {
    return this.#kept.length + this.#group.frames.end - this.given;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#group.bytes - this.#givenBytes;
  }

  /** Takes the oldest frames: at least one where there is any, and no more once `maxBytes` are reached. */
  take(maxBytes: number): Frame[] {
    const frames: Frame[] = [];
    for (const rest = this.bytes - maxBytes; this.bytes > rest && this.size > 0; )
      frames.push(this.takeOldest() as Frame);
    return frames;
  }

  takeOldest(): Frame | undefined {
    if (this.size === 0) return undefined;
    const frame = this.#kept.shift() ?? this.#group.frames.at(this.given++);
    this.#givenBytes += frame?.bytes.length ?? 0;
    return frame;
  }

  /**
   * Makes what waits fit the bounds again: under `latest` what a newer frame of the same key supersedes goes first,
   * which is not a loss; then the oldest are dropped. Answers how many.
   */
  fit({ maxQueueSize, maxQueueBytes, queuePolicy }: QueueBounds, heldBytes: number): number {
    if (queuePolicy === 'latest') this.#keepNewest();
    let dropped = 0;
    while (
      (this.size > maxQueueSize || this.bytes + heldBytes > maxQueueBytes) &&
      this.takeOldest() !== undefined
    )
      dropped++;
    return dropped;
  }

  /** Of the waiting frames keeps the newest of each key, in their order. */
  #keepNewest(): void {
    const newest = new Map<string | Frame, Frame>();
    for (let frame = this.takeOldest(); frame !== undefined; frame = this.takeOldest()) {
      const key = frame.key || frame; // a notice of a gap has none: what lies between two needs the first
      newest.delete(key); // so that it moves to the end: the order is that of the newest
      newest.set(key, frame);
    }
    this.#kept = [...newest.values()];
    for (const { bytes } of this.#kept) this.#givenBytes -= bytes.length;
  }
}
