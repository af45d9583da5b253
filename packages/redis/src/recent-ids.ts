import type { EventId } from '@sse/core';

/** Ids kept; twice as many at most. */
const KEPT = 1_000;

/**
 * The ids that this process has seen last, in their order.
 *
 * After a failover that lost its newest entries they say where the old order and the new one part: with that, a gap
 * goes on right there, and not with all that is held.
 */
export class RecentIds {
  #ids: EventId[] = [];

  push(ids: readonly EventId[]): void {
    for (const id of ids) if (id !== this.#ids.at(-1)) this.#ids.push(id);
    if (this.#ids.length > 2 * KEPT) this.#ids = this.#ids.slice(-KEPT);
  }

  /** What was seen before `id`, the newest first; none where `id` was not seen. */
  before(id: EventId): readonly EventId[] {
    const at = this.#ids.lastIndexOf(id);
    return at < 0 ? [] : this.#ids.slice(Math.max(0, at - KEPT), at).reverse();
  }
}
