import { type Frame, joinBytes } from './frame.ts';
import { Ring } from './ring.ts';
import type { GapEvent } from './system-events.ts';
import type { TopicFilter } from './topics.ts';

/** What a group asks of a member. */
export interface Member {
  /** Up to date: gets bytes that many others get too. Leaves `ready` where its sink says wait. */
  writeLive(bytes: Uint8Array): void;
  /** Behind: the group has new frames; is the member still within its bounds? */
  fallBehind(): void;
  /** The group is about to deliver a notice of a gap, which is no event. */
  noteGap(gap: GapEvent): void;
  /** Position of the oldest frame of the group that the member still needs. */
  readonly given: number;
}

/**
 * All subscribers with the same filter. A match is made once for all of them, and those that are up to date get one
 * joined buffer; those that are not read the frames they lack from here. There is no queue per client.
 */
export class Group {
  /** Matched frames, by absolute position; kept only as far back as a waiting member needs them. */
  readonly frames: Ring<Frame> = new Ring<Frame>();
  readonly ready: Set<Member> = new Set();
  readonly waiting: Set<Member> = new Set();
  /** Members, those that still replay included. */
  members = 0;
  /** Bytes of all frames that ever matched. */
  bytes = 0;
  /** Id of the last entry that matched. */
  lastId: string | undefined;
  /** When the ready members were last written to, by the monotonic clock. */
  lastWriteAt: number = Number.NEGATIVE_INFINITY;

  constructor(readonly filter: TopicFilter) {}

  /** Offers frames to the group in their order. Answers how many matched. */
  offer(frames: readonly Frame[], now: number): number {
    return this.deliver(
      frames.filter(({ topic }) => this.filter.matches(topic)),
      now,
    );
  }

  /** Gives frames to every member: at once, or as part of what it has to catch up with. */
  deliver(frames: readonly Frame[], now: number): number {
    const last = frames.at(-1);
    if (last === undefined) return 0;
    for (const frame of frames) {
      this.frames.push(frame);
      this.bytes += frame.bytes.length;
    }
    this.lastId = last.id;
    for (const member of this.waiting) member.fallBehind();
    if (this.ready.size > 0) {
      this.lastWriteAt = now;
      const joined = joinBytes(frames.map((frame) => frame.bytes));
      for (const member of this.ready) member.writeLive(joined);
    }
    let needed = this.frames.end;
    for (const member of this.waiting) needed = Math.min(needed, member.given);
    this.frames.dropBefore(needed);
    return frames.length;
  }
}
