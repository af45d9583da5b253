/**
 * A queue whose items keep their absolute position for ever: the first item ever pushed is at 0.
 *
 * Reading by position and dropping from the front take constant time (amortised).
 */
export class Ring<Item> {
  #items: (Item | undefined)[] = [];
  /** Position of the first of `items`; those before `start` have been dropped already. */
  #offset = 0;
  /** Position of the oldest item kept; equals `end` when empty. */
  start = 0;

  /** Position that the next pushed item will get. */
  get end(): number {
    return this.#offset + this.#items.length;
  }

  get length(): number {
    return this.end - this.start;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** The item at an absolute position, or `undefined` where it is not kept (any more, or yet). */
  at(position: number): Item | undefined {
    return this.#items[position - this.#offset];
  }

  /** The items from `from` to before `to`, both absolute and kept. */
  slice(from: number, to: number): Item[] {
    return this.#items.slice(from - this.#offset, to - this.#offset) as Item[];
  }

  /** Drops every item before `position`; never goes back. Beyond the end it leaves the ring empty there. */
  dropBefore(position: number): void {
    for (; this.start < position; this.start++) this.#items[this.start - this.#offset] = undefined;
    const dropped = this.start - this.#offset;
    if (2 * dropped < this.#items.length) return;
    this.#items = this.#items.slice(dropped);
    this.#offset = this.start;
  }
}
