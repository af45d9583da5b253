import { checkCount, checkOptions } from './checks.ts';
import { type Environment, randomText, systemEnvironment } from './environment.ts';
import { SseError } from './errors.ts';
import type { Entry, EventId, EventLog, LogPage, LogStats, NewEvent, TailBatch } from './event-log.ts';
import { Ring } from './ring.ts';

export interface MemoryEventLogOptions {
  /** Entries kept for replay. @defaultValue 1000 */
  readonly maxEntries?: number;
  /** Bytes kept for replay: UTF-16 units of topic and data, plus 100 an entry. @defaultValue 16 MiB */
  readonly maxBytes?: number;
  /** Age in milliseconds beyond which an entry is not replayed. @defaultValue 86 400 000 (a day) */
  readonly maxAgeMs?: number;
  /** Entries that a follower may be behind before its tail fails with `log-overrun`. @defaultValue 100 000 */
  readonly maxTailEntries?: number;
  /** Time and randomness. @defaultValue the system's */
  readonly environment?: Environment;
}

export const MEMORY_EVENT_LOG_DEFAULTS: Required<Omit<MemoryEventLogOptions, 'environment'>> = Object.freeze({
  maxEntries: 1_000,
  maxBytes: 2 ** 24, // 16 MiB
  maxAgeMs: 86_400_000, // a day
  maxTailEntries: 100_000,
});

const ID = /^([a-z\d]{1,32})-(0|[1-9]\d{0,14})$/;
/** What an entry costs beside its texts; a round figure, so that many tiny entries are bounded too. */
const ENTRY_OVERHEAD = 100;

interface Kept {
  readonly entry: Entry;
  readonly size: number;
  readonly appendedAt: number;
}

/** One follower: what it has not fetched yet waits here, so that eviction from history never makes a hole in a tail. */
interface Tail {
  pending: Entry[];
  wake: () => void;
}

/**
 * The event log of one process: history in memory, gone with it.
 *
 * Ids are `<epoch>-<seq>`. The epoch is random for each instance, so that a cursor of an earlier life is recognised
 * and answered with a gap, whatever its number.
 */
export class MemoryEventLog implements EventLog {
  readonly #bounds: Required<Omit<MemoryEventLogOptions, 'environment'>>;
  readonly #environment: Environment;
  readonly #epoch: string;
  /** The entry with sequence number n is at position n - 1. */
  readonly #kept = new Ring<Kept>();
  readonly #byIdempotencyKey = new Map<string | undefined, EventId>();
  /** Open tails, by what ends them. */
  readonly #tails = new Map<() => void, Tail>();
  #bytes = 0;
  #closed = false;

  constructor({ environment = systemEnvironment, ...bounds }: MemoryEventLogOptions = {}) {
    this.#bounds = checkOptions(bounds, MEMORY_EVENT_LOG_DEFAULTS);
    this.#environment = environment;
    this.#epoch = randomText(environment, 8);
  }

  async append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    this.#assertOpen();
    // An entry too old to be read must not swallow the one that repeats its key.
    this.#evict();
    const added: Entry[] = [];
    const ids = events.map((event) => this.#add(event, added));
    this.#evict();
    for (const tail of this.#tails.values()) {
      // One that is too far behind fails at its next fetch, and holds no more until then.
      if (tail.pending.length <= this.#bounds.maxTailEntries)
        for (const entry of added) tail.pending.push(entry);
      tail.wake();
    }
    return ids;
  }

  async read(after: EventId, limit: number): Promise<LogPage> {
    this.#assertOpen();
    this.#evict();
    // What was evicted decides; what happens to be left in the ring does not.
    const { start, end } = this.#kept;
    const isOwn = after.startsWith(this.#id(''));
    const seq = seqOf(after);
    if (isOwn && seq >= start && seq <= end) return { kind: 'page', entries: this.#entries(seq, limit) };
    return {
      kind: 'gap',
      reason: isOwn && seq < start ? 'evicted' : 'unknown',
      ...(start < end && { oldest: this.#id(start + 1) }),
      entries: this.#entries(start, limit),
    };
  }

  tail(signal: AbortSignal): AsyncIterable<TailBatch> {
    this.#assertOpen();
    const tail: Tail = { pending: [], wake: () => undefined };
    const end = (): void => {
      signal.removeEventListener('abort', end);
      this.#tails.delete(end);
      tail.wake();
    };
    signal.addEventListener('abort', end);
    // From now on, not from the first fetch on.
    this.#tails.set(end, tail);
    if (signal.aborted) end();
    const batches = this.#follow(tail, end, this.#id(this.#kept.end));
    // Of a generator that was never asked for anything, no `finally` would notice that it is given up.
    batches.return = async () => {
      end();
      return { done: true, value: undefined };
    };
    return batches;
  }

  compare(a: EventId, b: EventId): number {
    return seqOf(a) - seqOf(b);
  }

  parseId(text: string): EventId | undefined {
    return ID.test(text) ? text : undefined;
  }

  async stats(): Promise<LogStats> {
    this.#assertOpen();
    this.#evict();
    const { start, end, length } = this.#kept;
    return {
      entries: length,
      bytes: this.#bytes,
      ...(start < end && { oldest: this.#id(start + 1), newest: this.#id(end) }),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#tails.keys()) end();
  }

  async *#follow(tail: Tail, end: () => void, position: EventId): AsyncGenerator<TailBatch, undefined> {
    const { maxTailEntries } = this.#bounds;
    try {
      for (let entries: Entry[] = []; this.#tails.has(end); entries = tail.pending.splice(0)) {
        checkCount('log-overrun', 'pending entries', tail.pending.length, maxTailEntries);
        yield { entries, position: entries.at(-1)?.id ?? position };
        while (this.#tails.has(end) && tail.pending.length === 0)
          await new Promise<void>((resolve) => {
            tail.wake = resolve;
          });
      }
    } finally {
      end();
    }
  }

  #add(event: NewEvent, added: Entry[]): EventId {
    const { idempotencyKey, topic, data } = event;
    const repeated = this.#byIdempotencyKey.get(idempotencyKey);
    if (repeated !== undefined) return repeated;
    // Not by a spread: that would be the dearest part of an append.
    const entry: { -readonly [Name in keyof Entry]: Entry[Name] } = {
      id: this.#id(this.#kept.end + 1),
      time: this.#environment.now(),
      topic,
      data,
    };
    if (event.event !== undefined) entry.event = event.event;
    if (event.key !== undefined) entry.key = event.key;
    if (event.private !== undefined) entry.private = event.private;
    if (event.traceparent !== undefined) entry.traceparent = event.traceparent;
    if (idempotencyKey !== undefined) entry.idempotencyKey = idempotencyKey;
    const size = ENTRY_OVERHEAD + 2 * (data.length + topic.length);
    this.#kept.push({ entry, size, appendedAt: this.#environment.elapsed() });
    this.#bytes += size;
    if (idempotencyKey !== undefined) this.#byIdempotencyKey.set(idempotencyKey, entry.id);
    added.push(entry);
    return entry.id;
  }

  #evict(): void {
    const { maxEntries, maxBytes, maxAgeMs } = this.#bounds;
    const tooOld = this.#environment.elapsed() - maxAgeMs;
    for (;;) {
      const { start, length } = this.#kept;
      const oldest = this.#kept.at(start);
      if (!oldest || (length <= maxEntries && this.#bytes <= maxBytes && oldest.appendedAt > tooOld)) return;
      this.#bytes -= oldest.size;
      this.#byIdempotencyKey.delete(oldest.entry.idempotencyKey);
      this.#kept.dropBefore(start + 1);
    }
  }

  #entries(from: number, limit: number): readonly Entry[] {
    return this.#kept.slice(from, Math.min(from + limit, this.#kept.end)).map(({ entry }) => entry);
  }

  #id(seq: number | string): EventId {
    return `${this.#epoch}-${seq}`;
  }

  #assertOpen(): void {
    if (this.#closed) throw new SseError('closed', 'The event log has been closed');
  }
}

function seqOf(id: EventId): number {
  return Number(id.split('-')[1]);
}
