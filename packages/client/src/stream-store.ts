import { reportUncaught } from './handlers.ts';
import type { StreamSnapshot, StreamStatus } from './types.ts';

/** Topics may be as many as there are orders; of the oldest, the latest payload is forgotten. */
const MAX_TOPICS = 1_000;

/** The latest of everything, for user interfaces. */
export class StreamStore {
  readonly #latest = new Map<string, unknown>();
  readonly #listeners = new Set<{ readonly call: () => void }>();
  status: StreamStatus;
  #snapshot: StreamSnapshot | undefined;

  constructor(status: StreamStatus) {
    this.status = status;
  }

  setStatus(status: StreamStatus): void {
    this.status = status;
    this.#changed();
  }

  setLatest(topic: string, payload: unknown): void {
    this.#latest.delete(topic);
    this.#latest.set(topic, payload);
    for (const oldest of this.#latest.keys()) {
      if (this.#latest.size <= MAX_TOPICS) break;
      this.#latest.delete(oldest);
    }
    this.#changed();
  }

  subscribe(call: () => void): () => void {
    const listener = { call };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  getSnapshot(): StreamSnapshot {
    this.#snapshot ??= Object.freeze({
      status: this.status,
      latest: Object.freeze(Object.fromEntries(this.#latest)),
    });
    return this.#snapshot;
  }

  #changed(): void {
    this.#snapshot = undefined;
    for (const { call } of [...this.#listeners]) {
      try {
        call();
      } catch (cause) {
        // Neither the others nor the stream itself may miss the change.
        reportUncaught(cause);
      }
    }
  }
}
