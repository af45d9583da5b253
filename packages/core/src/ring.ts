/**
 * A queue whose items keep their absolute position for ever: the first item ever pushed is at 0.
 *
 * Reading by position and dropping from the front take constant time (amortised).
 */
export class Ring<Item> {
  #items: (Item | undefined)[] = [];
  /** Where in `items` the oldest kept item is. */
  #head = 0;
  /** Position of the oldest item kept; equals `end` when empty. */
  start = 0;

  /** Position that the next pushed item will get. */
  get end(): number {
    return this.start + this.#items.length - this.#head;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** The item at an absolute position, or `undefined` where it is not kept (any more, or yet). */
  at(position: number): Item | undefined {
    return position < this.start ? undefined : this.#items[position - this.start + this.#head];
  }

  /** The items from `from` to before `to`, both absolute and kept. */
  slice(from: number, to: number): Item[] {
    const offset = this.#head - this.start;
    return this.#items.slice(from + offset, to + offset) as Item[];
  }

  /** Drops every item before `position`; never goes back. Beyond the end it leaves the ring empty there. */
  dropBefore(position: number): void {
    const count = position - this.start;
    if (count <= 0) return;
    const kept = this.length - count;
    this.start = position;
    if (kept <= 0) {
      this.#items = [];
      this.#head = 0;
      return;
    }
    this.#items.fill(undefined, this.#head, this.#head + count);
    this.#head += count;
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }
}
