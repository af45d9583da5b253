import { type EventId, type NewEvent, SseError } from '@sse/core';
import type { Connection, Plan } from './connection.ts';
import { encodeEntry } from './entry-codec.ts';
import { hashKey, readSeq, writeSeq } from './key-index.ts';
import type { LmdbEventLogSettings } from './options.ts';
import { roomFor } from './room.ts';
import { type State, sizeOf } from './state.ts';
import { unavailable } from './unavailable.ts';

/** What one transaction takes at the most, beyond a first append of any size: some milliseconds of work. */
const GROUP_EVENTS = 2_000;
const GROUP_BYTES = 8 * 1024 * 1024;

interface EncodedEvent {
  readonly value: Buffer;
  readonly keyHash: Buffer | undefined;
}

interface Waiting {
  readonly events: readonly EncodedEvent[];
  readonly bytes: number;
  readonly resolve: (ids: readonly EventId[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: one transaction, and one flush, for all appends that came while the one before was under way, or within
 * `commitDelayMs`. Ids are kept only if nobody else has given them meanwhile, so that all processes share one order.
 */
export class AppendQueue {
  readonly #connection: Connection;
  readonly #settings: LmdbEventLogSettings;
  readonly #onCommit: () => void;
  #waiting: Waiting[] = [];
  #waitingEvents = 0;
  #waitingBytes = 0;
  #running: Promise<void> | undefined;

  /** @param onCommit - called after each transaction that was kept. */
  constructor(connection: Connection, settings: LmdbEventLogSettings, onCommit: () => void) {
    this.#connection = connection;
    this.#settings = settings;
    this.#onCommit = onCommit;
  }

  /** Settles once the events are as durable as was asked for. All of them are added, or none. */
  append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    if (events.length === 0) return Promise.resolve([]);
    const time = this.#settings.environment.now();
    const encoded = events.map((event) => ({
      value: encodeEntry({ ...event, time }),
      keyHash: event.idempotencyKey === undefined ? undefined : hashKey(event.idempotencyKey),
    }));
    const bytes = encoded.reduce((sum, { value }) => sum + sizeOf(value), 0);
    return new Promise((resolve, reject) => {
      if (!this.#hasRoom(encoded.length, bytes))
        return reject(
          new SseError(
            'log-unavailable',
            `The event log takes no more than ${this.#settings.maxPendingEvents} events and ${this.#settings.maxPendingBytes} bytes that wait to be written; try again later`,
          ),
        );
      this.#waiting.push({ events: encoded, bytes, resolve, reject });
      this.#waitingEvents += encoded.length;
      this.#waitingBytes += bytes;
      this.#running ??= this.#run();
    });
  }

  /** Settles once all that waits has been written, or refused. */
  async drained(): Promise<void> {
    await this.#running;
  }

  /** An append that is larger than the bounds alone has room while nothing waits. */
  #hasRoom(events: number, bytes: number): boolean {
    const { maxPendingEvents, maxPendingBytes } = this.#settings;
    if (this.#waitingEvents === 0) return true;
    return this.#waitingEvents + events <= maxPendingEvents && this.#waitingBytes + bytes <= maxPendingBytes;
  }

  async #run(): Promise<void> {
    const { commitDelayMs } = this.#settings;
    while (this.#waiting.length > 0) {
      if (commitDelayMs > 0)
        await new Promise((resolve) => {
          setTimeout(resolve, commitDelayMs);
        });
      await this.#commit(this.#takeGroup());
    }
    this.#running = undefined;
  }

  #takeGroup(): readonly Waiting[] {
    let [count, events, bytes] = [0, 0, 0];
    for (const append of this.#waiting) {
      events += append.events.length;
      bytes += append.bytes;
      if (count > 0 && (events > GROUP_EVENTS || bytes > GROUP_BYTES)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      this.#connection.assertRoom(roomOf(group));
      const ids = await this.#connection.change((state) => this.#plan(group, state));
      for (const [index, { resolve }] of group.entries()) resolve(ids[index] ?? []);
      this.#onCommit();
    } catch (cause) {
      const error = await unavailable(this.#connection.path, 'Writing to', cause);
      for (const { reject } of group) reject(error);
    }
    for (const { events, bytes } of group) {
      this.#waitingEvents -= events.length;
      this.#waitingBytes -= bytes;
    }
  }

  #plan(group: readonly Waiting[], state: State): Plan<readonly (readonly EventId[])[]> {
    const { entries, keys, epoch } = this.#connection;
    const writes: (() => void)[] = [];
    /** Numbers by the keys of this very group, which can't be looked up yet. */
    const given = new Map<string, number>();
    let { newest, bytes } = state;
    const seqOf = ({ value, keyHash }: EncodedEvent): number => {
      const name = keyHash?.toString('latin1');
      if (keyHash !== undefined && name !== undefined) {
        const repeated = given.get(name) ?? readSeq(keys.get(keyHash)) ?? 0;
        if (repeated > state.evictedThrough) return repeated;
      }
      const seq = ++newest;
      bytes += sizeOf(value);
      writes.push(() => void entries.put(seq, value));
      if (keyHash === undefined || name === undefined) return seq;
      given.set(name, seq);
      writes.push(() => void keys.put(keyHash, writeSeq(seq)));
      return seq;
    };
    const ids = group.map(({ events }) => events.map((event) => `${epoch}-${seqOf(event)}`));
    return { result: ids, writes, ...(newest > state.newest ? { state: { ...state, newest, bytes } } : {}) };
  }
}

function roomOf(group: readonly Waiting[]): number {
  const bytes = group.reduce((sum, append) => sum + append.bytes, 0);
  const keyed = group.flatMap(({ events }) => events.filter(({ keyHash }) => keyHash !== undefined));
  return roomFor(bytes, keyed.length);
}
