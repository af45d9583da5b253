import type { Environment } from './environment.ts';
import type { Entry, EventId } from './event-log.ts';
import { encodeSystem, type Frame } from './frame.ts';
import { Group } from './group.ts';
import type { GapEvent } from './system-events.ts';
import type { TopicFilter } from './topics.ts';
import { Window, type WindowBounds } from './window.ts';

export interface FanOutOptions extends WindowBounds {
  readonly environment: Environment;
  /** Bytes held in one turn beyond which they are shown before the turn ends, so that no burst is joined whole. */
  readonly maxHeldBytes: number;
  readonly compare: (a: EventId, b: EventId) => number;
  /** Called after each flush with the number of entries shown, matches made, and events given to ready members. */
  readonly onShown: (entries: number, matched: number, delivered: number) => void;
}

/**
 * From the tail to the subscribers: holds what a turn of the event loop brings, and at its end shows it to every group
 * at once. When idle an entry leaves at once; under load many leave in one write.
 */
export class FanOut {
  window: Window | undefined;
  private readonly groups = new Map<string, Group>();
  private scheduled = false;
  private movedWaiters: (() => void)[] = [];
  private delivering = false;
  private afterDelivery: (() => void)[] = [];

  constructor(private readonly options: FanOutOptions) {}

  get groupCount(): number {
    return this.groups.size;
  }

  /** The window; there is one once the tail has opened. */
  get opened(): Window {
    if (this.window === undefined) throw new Error('The tail has not been opened');
    return this.window;
  }

  open(position: EventId): void {
    this.window = new Window(position, this.options, this.options.compare);
  }

  /** The group of a filter, counting one more member. Give it back with `leave`. */
  join(filter: TopicFilter): Group {
    let group = this.groups.get(filter.key);
    if (group === undefined) {
      group = new Group(filter);
      this.groups.set(filter.key, group);
    }
    group.members++;
    return group;
  }

  leave(group: Group): void {
    group.members--;
    if (group.members === 0) this.groups.delete(group.filter.key);
  }

  hold(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.opened.push(entry);
      if (this.opened.heldBytes > this.options.maxHeldBytes) this.flush();
    }
    if (this.scheduled) return;
    this.scheduled = true;
    this.options.environment.soon(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  /** Entries are missing after the newest one: everyone is told, in its place, and the window starts anew. */
  lose(entries: readonly Entry[], position: EventId): void {
    this.flush();
    const requested = this.opened.shownId;
    const first = entries[0];
    const gap: GapEvent = {
      type: 'gap',
      reason: 'trimmed',
      requested,
      oldest: first?.id ?? null,
      newest: position,
    };
    // Without entries to follow, the notice itself moves the receiver's cursor.
    const bytes = encodeSystem(gap, first === undefined ? position : undefined);
    const frame: Frame = { id: first === undefined ? position : requested, bytes, key: '' };
    const now = this.options.environment.elapsed();
    // Before the window moves: whoever is ended by this very frame resumes from before the gap.
    this.deliver((group) => group.deliver([frame], now));
    this.window = new Window(position, this.options, this.options.compare, first === undefined);
    this.hold(entries);
    this.flush();
  }

  /**
   * Runs `task` now, or right after the delivery that is under way: in between, some have been given what is shown and
   * others have not yet, and a task that ends one of these would tell it to resume too late.
   */
  whenDelivered(task: () => void): void {
    if (this.delivering) this.afterDelivery.push(task);
    else task();
  }

  /** Settles at the next flush. */
  moved(): Promise<void> {
    return new Promise((resolve) => {
      this.movedWaiters.push(resolve);
    });
  }

  flush(): void {
    if (this.window === undefined) return;
    const fresh = this.window.show();
    if (fresh.length > 0) {
      const now = this.options.environment.elapsed();
      let matched = 0;
      let delivered = 0;
      this.deliver((group) => {
        const ready = group.ready.size;
        const count = group.offer(fresh, now);
        matched += count;
        delivered += count * ready;
      });
      this.options.onShown(fresh.length, matched, delivered);
    }
    const waiters = this.movedWaiters;
    this.movedWaiters = [];
    for (const waiter of waiters) waiter();
  }
  private deliver(give: (group: Group) => void): void {
    this.delivering = true;
    for (const group of this.groups.values()) give(group);
    this.delivering = false;
    const tasks = this.afterDelivery;
    this.afterDelivery = [];
    for (const task of tasks) task();
  }
}
