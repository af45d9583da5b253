import type { Entry, EventId } from './event-log.ts';
import { encodeSystem, type Frame } from './frame.ts';
import { Group } from './group.ts';
import type { Hub } from './hub.ts';
import type { GapEvent } from './system-events.ts';
import type { TopicFilter } from './topics.ts';
import { Window } from './window.ts';

/** Turns of the event loop that a burst as large as a subscriber's bound in bytes is spread over. */
const TURNS = 4;

/**
 * From the tail to the subscribers: holds what a turn of the event loop brings, and at its end shows it to every group
 * at once. When idle an entry leaves at once; under load many leave in one write.
 */
export class FanOut {
  /** By the key of their filter. */
  readonly groups: Map<string, Group> = new Map();
  readonly #hub: Hub;
  #scheduled = false;
  #movedWaiters: (() => void)[] = [];

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** The group of a filter, counting one more member. Give it back with `leave`. */
  join(filter: TopicFilter): Group {
    const group = this.groups.get(filter.key) ?? new Group(filter);
    this.groups.set(filter.key, group);
    group.members++;
    return group;
  }

  leave(group: Group): void {
    if (--group.members === 0) this.groups.delete(group.filter.key);
  }

  /** Begins at a position of the log. */
  open(position: EventId): void {
    this.#hub.window = new Window(position, this.#hub.bounds);
  }

  /** Settles once all of `entries` are held; a great burst is spread over turns, so that sinks can empty in between. */
  async hold(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      const { window, bounds, environment } = this.#hub;
      window.push(entry);
      if (!this.#scheduled) environment.soon(() => this.flush());
      this.#scheduled = true;
      if (window.heldBytes >= bounds.maxQueueBytes / TURNS) await this.moved();
    }
  }

  /** Entries are missing after the newest one: everyone is told, in its place, and the window starts anew. */
  lose(entries: readonly Entry[], position: EventId): Promise<void> {
    this.flush();
    const { window, environment } = this.#hub;
    const oldest = entries[0]?.id ?? null;
    const requested = window.shownId;
    const gap: GapEvent = { type: 'gap', reason: 'trimmed', requested, oldest, newest: position };
    // Without entries to follow, the notice itself moves the receiver's cursor.
    const id = oldest === null ? position : undefined;
    const frame: Frame = { id: id ?? requested, topic: '', key: '', bytes: encodeSystem(gap, id) };
    // Before the window moves: whoever is ended by this very frame resumes from before the gap.
    this.#deliver((group) => {
      for (const member of [...group.ready, ...group.waiting]) member.noteGap(gap);
      group.deliver([frame], environment.elapsed());
    });
    this.#hub.window = new Window(position, this.#hub.bounds, oldest === null);
    const held = this.hold(entries);
    this.flush();
    return held;
  }

  /** Settles at the next flush. */
  moved(): Promise<void> {
    return new Promise((resolve) => {
      this.#movedWaiters.push(resolve);
    });
  }

  flush(): void {
    this.#scheduled = false;
    const { window, counters, environment } = this.#hub;
    const fresh = window?.show() ?? [];
    counters.shown += fresh.length;
    if (fresh.length > 0) {
      const now = environment.elapsed();
      this.#deliver((group) => {
        const ready = group.ready.size;
        const matched = group.offer(fresh, now);
        counters.matched += matched;
        counters.delivered += matched * ready;
      });
    }
    const waiters = this.#movedWaiters;
    this.#movedWaiters = [];
    for (const waiter of waiters) waiter();
  }

  #deliver(give: (group: Group) => void): void {
    this.#hub.deliver(() => this.groups.forEach(give));
  }
}
