/** Something received, in its turn: what it calls, and the cursor that is handled with it. */
export interface Delivery {
  readonly id: string;
  /** Calls the handlers; never throws. Answers with what they still do, none of which rejects. */
  deliver(): readonly Promise<unknown>[];
}

export interface DeliveryQueueListener {
  /** All of a delivery's handlers are done. */
  finished(): void;
  /** Nothing waits any more. */
  idle(): void;
}

/** Delivers one after the other: the next waits for what the handlers of the one before still do. */
export class DeliveryQueue {
  /** The cursor of what was handled last. */
  handled: string;
  readonly #queue: Delivery[] = [];
  readonly #listener: DeliveryQueueListener;
  #isBusy = false;

  constructor(handled: string, listener: DeliveryQueueListener) {
    this.handled = handled;
    this.#listener = listener;
  }

  get size(): number {
    return this.#queue.length;
  }

  /** Whether all that was received is handled. */
  get isIdle(): boolean {
    return !this.#isBusy && this.#queue.length === 0;
  }

  push(delivery: Delivery): void {
    this.#queue.push(delivery);
    if (!this.#isBusy) this.#drain();
  }

  /** What waits is never delivered. */
  clear(): void {
    this.#queue.length = 0;
  }

  /** Without a turn in between where no handler is async. */
  #drain(): void {
    this.#isBusy = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { id } = next;
      const waits = next.deliver();
      if (waits.length > 0) {
        void Promise.all(waits).then(() => {
          this.#finished(id);
          this.#drain();
        });
        return;
      }
      this.#finished(id);
    }
    this.#isBusy = false;
    this.#listener.idle();
  }

  #finished(id: string): void {
    if (id !== '') this.handled = id;
    this.#listener.finished();
  }
}
