import { type Frame, joinBytes } from './frame.ts';
import { Ring } from './ring.ts';
import type { GapEvent } from './system-events.ts';
import type { TopicFilter } from './topics.ts';

/** What a group asks of a member. */
export interface Member {
  /** `ready`: up to date. `waiting`: has a backlog. The group gives nothing to others. */
  readonly state: 'joining' | 'ready' | 'waiting' | 'ended';
  /** Up to date: gets bytes that many others get too. Is no longer `ready` where its sink says wait. */
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
  /** Those that still replay included. */
  readonly members: Set<Member> = new Set();
  /** Bytes of all frames that ever matched. */
  bytes = 0;
  /** Id of the last entry that matched. */
  lastId: string | undefined;
  /** When frames were last delivered, by the monotonic clock. */
  deliveredAt: number = -Infinity;

  constructor(readonly filter: TopicFilter) {}

  /** Gives frames to every member: at once, or as part of what it has to catch up with. Answers to how many at once. */
  deliver(frames: readonly Frame[], now: number): number {
    let ready = 0;
    const last = frames.at(-1);
    if (last === undefined) return ready;
    for (const frame of frames) {
      this.frames.push(frame);
      this.bytes += frame.bytes.length;
    }
    this.lastId = last.id;
    this.deliveredAt = now;
    let needed = this.frames.end;
    for (const member of this.members) {
      if (member.state !== 'waiting') continue;
      member.fallBehind();
      needed = Math.min(needed, member.given);
    }
    this.frames.dropBefore(needed);
    const joined = joinBytes(frames.map(({ bytes }) => bytes));
    for (const member of this.members) {
      if (member.state !== 'ready') continue;
      ready++;
      member.writeLive(joined);
    }
    return ready;
  }
}
