import type { RawEvent } from './source.ts';

const MAX_EVENTS = 1_000;
const MAX_LENGTH = 1024 * 1024;

/** Whether it was published, not said by the server about the stream. */
export function isMessage({ event }: RawEvent): boolean {
  return event !== 'system' && event !== 'heartbeat';
}

/** The last events that came with an id, bounded by their number and by the characters of their data. */
export class RecentEvents {
  readonly #events: RawEvent[] = [];
  #length = 0;

  add(raw: RawEvent): void {
    if (raw.id === '') return;
    this.#events.push(raw);
    this.#length += raw.data.length;
    while (this.#events.length > MAX_EVENTS || this.#length > MAX_LENGTH)
      this.#length -= this.#events.shift()?.data.length ?? 0;
  }

  /** The messages that came after this id; `undefined` where the id is not held. */
  after(id: string): readonly RawEvent[] | undefined {
    const index = this.#events.findLastIndex((raw) => raw.id === id);
    return index < 0 ? undefined : this.#events.slice(index + 1).filter(isMessage);
  }
}
