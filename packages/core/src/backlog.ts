import type { EventId } from './event-log.ts';
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
export const WARNING_RATIO: number = 0.8;

/**
 * What a waiting subscriber has not been given: two numbers, and the group's frames beyond them.
 *
 * Only the `latest` policy ever puts frames aside for one subscriber, and never more than its bound.
 */
export class Backlog {
  readonly #group: Group;
  /** Position in the group's frames of the next one to give. */
  given: number;
  #givenBytes: number;
  /** Frames put aside by `keepNewest`; they go before those of the group. */
  #kept: Frame[] = [];
  #keptBytes = 0;

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
    return this.#keptBytes + this.#group.bytes - this.#givenBytes;
  }

  /** Position in the group's frames that all given frames together amount to. */
  get position(): number {
    return this.given - this.#kept.length;
  }

  /** Id of the next frame to give. */
  get nextId(): EventId | undefined {
    return (this.#kept[0] ?? this.#group.frames.at(this.given))?.id;
  }

  /** Takes the oldest frames: at least one where there is any, and no more once `maxBytes` are reached. */
  take(maxBytes: number): Frame[] {
    const frames: Frame[] = [];
    let bytes = 0;
    while (bytes < maxBytes) {
      const frame = this.takeOldest();
      if (frame === undefined) break;
      frames.push(frame);
      bytes += frame.bytes.length;
    }
    return frames;
  }

  takeOldest(): Frame | undefined {
    const kept = this.#kept.shift();
    if (kept !== undefined) {
      this.#keptBytes -= kept.bytes.length;
      return kept;
    }
    const frame = this.#group.frames.at(this.given);
    if (frame === undefined) return undefined;
    this.given++;
    this.#givenBytes += frame.bytes.length;
    return frame;
  }

  /**
   * Makes what waits fit the bounds again, as the policy says: under `latest` what a newer frame of the same key
   * supersedes goes first, which is not a loss; then the oldest are dropped. Under `disconnect` nothing is.
   */
  fit(bounds: QueueBounds, heldBytes: number): { readonly superseded: number; readonly dropped: number } {
    const superseded = bounds.queuePolicy === 'latest' ? this.keepNewest() : 0;
    let dropped = 0;
    while (
      bounds.queuePolicy !== 'disconnect' &&
      (this.size > bounds.maxQueueSize || this.bytes + heldBytes > bounds.maxQueueBytes) &&
      this.takeOldest() !== undefined
    )
      dropped++;
    return { superseded, dropped };
  }

  /** Of the waiting frames keeps the newest of each key, in their order. Answers how many were superseded. */
  keepNewest(): number {
    const { frames, bytes } = this.#group;
    const newest = new Map<string, Frame>();
    const waiting = [...this.#kept, ...frames.slice(this.given, frames.end)];
    for (const frame of waiting) {
      newest.delete(frame.key); // so that it moves to the end: the order is that of the newest
      newest.set(frame.key, frame);
    }
    this.#kept = [...newest.values()];
    this.#keptBytes = this.#kept.reduce((sum, frame) => sum + frame.bytes.length, 0);
    this.given = frames.end;
    this.#givenBytes = bytes;
    return waiting.length - this.#kept.length;
  }
}
