/**
 * A queue whose items keep their absolute position for ever: the first item ever pushed is at 0.
 *
 * Reading by position, and dropping each item from the front, take constant time.
 */
export class Ring<Item> {
  readonly #items = new Map<number, Item>();
  /** Position of the oldest item kept; equals `end` when empty. */
  start = 0;
  /** Position that the next pushed item will get. */
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  push(item: Item): void {
    this.#items.set(this.end++, item);
  }

  /** The item at an absolute position, or `undefined` where it is not kept (any more, or yet). */
  at(position: number): Item | undefined {
    return this.#items.get(position);
  }

  /** The items from `from` to before `to`, both absolute and kept. */
  slice(from: number, to: number): Item[] {
    const items: Item[] = [];
    for (let position = from; position < to; position++) items.push(this.#items.get(position) as Item);
    return items;
  }

  /** Drops every item before `position`; never goes back. Beyond the end it leaves the ring empty there. */
  dropBefore(position: number): void {
    for (; this.start < position; this.start++) this.#items.delete(this.start);
    this.end = Math.max(this.end, this.start);
  }
}
