import type { Entry, EventId } from './event-log.ts';
import { encodeSystem, type Frame } from './frame.ts';
import { Group } from './group.ts';
import type { Hub } from './hub.ts';
import type { GapEvent } from './system-events.ts';
import { TopicIndex } from './topic-index.ts';
import type { TopicFilter } from './topics.ts';
import { Window } from './window.ts';

/** Turns of the event loop that a burst as large as a subscriber's bound in bytes is spread over. */
const TURNS = 4;

/**
 * From the tail to the subscribers: holds what a turn of the event loop brings, and at its end shows it to every group
 * at once. When idle an entry leaves at once; under load many leave in one write.
 */
export interface FanOut {
  /** By the key of their filter. */
  readonly groups: ReadonlyMap<string, Group>;
  /** The group of a filter. Whoever is no longer a member says so with `leave`. */
  join(filter: TopicFilter): Group;
  leave(group: Group): void;
  /** Begins at a position of the log. */
  open(position: EventId): void;
  /** Settles once all of `entries` are held; a great burst is spread over turns, so that sinks can empty in between. */
  hold(entries: readonly Entry[]): Promise<void>;
  /** Entries are missing after the newest one: everyone is told, in its place, and the window starts anew. */
  lose(entries: readonly Entry[], position: EventId): Promise<void>;
  /** Settles at the next flush. */
  moved(): Promise<void>;
  flush(): void;
}

export function createFanOut(hub: Hub): FanOut {
  const { bounds, counters, environment } = hub;
  const groups = new Map<string, Group>();
  const index = new TopicIndex<Group>();
  const waiters: (() => void)[] = [];

  function open(position: EventId): void {
    hub.window = new Window(position, bounds);
  }

  async function hold(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      // While something is held, a flush is on its way.
      if (hub.window.held === 0) environment.soon(flush);
      hub.window.push(entry);
      if (hub.window.held >= bounds.maxQueueBytes / TURNS) await moved();
    }
  }

  function lose(entries: readonly Entry[], position: EventId): Promise<void> {
    flush();
    const oldest = entries[0]?.id ?? null;
    const requested = hub.window.shownId;
    const gap: GapEvent = { type: 'gap', reason: 'trimmed', requested, oldest, newest: position };
    // Without entries to follow, the notice itself moves the receiver's cursor.
    const id = oldest === null ? position : undefined;
    const frame = { id: id ?? requested, topic: '', key: '', bytes: encodeSystem(gap, id) };
    // Before the window moves: whoever is ended by this very frame resumes from before the gap.
    for (const group of groups.values()) {
      for (const member of group.members) member.noteGap(gap);
      group.deliver([frame], environment.elapsed());
    }
    open(oldest === null ? position : '');
    const held = hold(entries);
    flush();
    return held;
  }

  function moved(): Promise<void> {
    return new Promise((resolve) => {
      waiters.push(resolve);
    });
  }

  function flush(): void {
    const fresh = hub.window.show();
    const now = environment.elapsed();
    counters.shown += fresh.length;
    const matches = new Map<Group, Frame[]>();
    for (const frame of fresh) {
      for (const group of index.find(frame.topic)) {
        // Asked for; what may be seen is the filter's to say.
        if (!group.filter.matches(frame.topic, frame.private)) continue;
        const matched = matches.get(group);
        if (matched === undefined) matches.set(group, [frame]);
        else matched.push(frame);
      }
    }
    for (const [group, matched] of matches) {
      counters.matched += matched.length;
      counters.delivered += matched.length * group.deliver(matched, now);
    }
    for (const wake of waiters.splice(0)) wake();
  }

  return {
    groups,
    join(filter) {
      const known = groups.get(filter.key);
      if (known !== undefined) return known;
      const group = new Group(filter);
      groups.set(filter.key, group);
      for (const pattern of filter.patterns) index.add(pattern, group);
      return group;
    },
    leave(group) {
      const { filter, members } = group;
      // Twice is possible: a group of the same filter may have taken its place.
      if (members.size > 0 || groups.get(filter.key) !== group) return;
      groups.delete(filter.key);
      for (const pattern of filter.patterns) index.delete(pattern, group);
    },
    open,
    hold,
    lose,
    moved,
    flush,
  };
}
