import type { EventId, LogPage } from '@sse/core';

/** Every entry that was ever acknowledged, in order, whatever became of it since. */
export class HistoryModel {
  readonly all: EventId[] = [];
  readonly #places = new Map<EventId, number>();

  add(ids: readonly EventId[]): void {
    for (const id of ids) {
      if (this.#places.has(id)) throw new Error(`the id ${id} was given twice`);
      this.#places.set(id, this.all.length);
      this.all.push(id);
    }
  }

  place(id: EventId): number {
    return this.#places.get(id) ?? -1;
  }

  /** Why an answer is a lie, or nothing. `held` are the ids that the store has now. */
  lieIn(page: LogPage, after: EventId, limit: number, held: ReadonlySet<EventId>): string | undefined {
    const [from, ids] = [this.place(after) + 1, page.entries.map(({ id }) => id)];
    const rest = this.all.slice(from);
    if (ids.length > limit) return 'more than the limit';
    if (page.kind === 'gap') {
      if (rest.length === 0) return 'a gap after the newest entry';
      if (held.has(after) && rest.every((id) => held.has(id))) return 'a gap although all is held';
      if (page.oldest !== ids[0]) return 'a gap whose oldest is not its first entry';
      return ids.every((id) => held.has(id)) ? undefined : 'a gap with entries that are not held';
    }
    if (ids.some((id, index) => id !== rest[index])) return 'a hole';
    if (ids.length === 0 && rest.length > 0) return 'nothing, although there is more';
    return undefined;
  }

  /** Why what a subscriber received is a lie: two entries in a row that do not follow one another. `gap` marks a gap. */
  lieInStream(received: readonly (EventId | 'gap')[]): string | undefined {
    for (const [at, id] of received.entries()) {
      const before = received[at - 1];
      if (id === 'gap' || before === 'gap' || before === undefined) continue;
      if (this.place(id) !== this.place(before) + 1)
        return `${before} (${this.place(before)}) is followed by ${id} (${this.place(id)}) without a gap`;
    }
    return undefined;
  }
}
