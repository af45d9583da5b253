import { type Environment, randomText, systemEnvironment } from './environment.ts';
import { SseError } from './errors.ts';
import type { Entry, EventId, EventLog, LogPage, LogStats, NewEvent, TailBatch } from './event-log.ts';
import { checkOptions, positiveInteger, positiveNumber } from './options.ts';
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
  maxBytes: 16 * 1024 * 1024,
  maxAgeMs: 24 * 60 * 60 * 1_000,
  maxTailEntries: 100_000,
});

const ID = /^([a-z0-9]{1,32})-(0|[1-9][0-9]{0,14})$/;
/** What an entry costs beside its texts; a round figure, so that many tiny entries are bounded too. */
const ENTRY_OVERHEAD = 100;

interface Kept {
  readonly entry: Entry;
  readonly size: number;
  readonly appendedAt: number;
}

/**
 * The event log of one process: history in memory, gone with it.
 *
 * Ids are `<epoch>-<seq>`. The epoch is random for each instance, so that a cursor of an earlier life is recognised
 * and answered with a gap, whatever its number.
 */
export class MemoryEventLog implements EventLog {
  private readonly bounds: Required<Omit<MemoryEventLogOptions, 'environment'>>;
  private readonly environment: Environment;
  private readonly epoch: string;
  /** The entry with sequence number n is at position n - 1. */
  private readonly kept = new Ring<Kept>();
  private readonly byIdempotencyKey = new Map<string, EventId>();
  private readonly tails = new Set<MemoryTail>();
  private bytes = 0;
  private closed = false;

  constructor(options: MemoryEventLogOptions = {}) {
    const { environment = systemEnvironment, ...bounds } = options;
    this.bounds = checkOptions(bounds, MEMORY_EVENT_LOG_DEFAULTS, {
      maxEntries: positiveInteger,
      maxBytes: positiveInteger,
      maxAgeMs: positiveNumber,
      maxTailEntries: positiveInteger,
    });
    this.environment = environment;
    this.epoch = randomText(environment, 8);
  }

  async append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    this.assertOpen();
    // An entry too old to be read must not swallow the one that repeats its key.
    this.evict();
    const added: Entry[] = [];
    const ids = events.map((event) => this.add(event, added));
    this.evict();
    if (added.length > 0) for (const tail of this.tails) tail.push(added, this.newestId());
    return ids;
  }

  async read(after: EventId, limit: number): Promise<LogPage> {
    this.assertOpen();
    this.evict();
    const { epoch, seq } = splitId(after);
    // `evictedThrough`, the newest number gone, decides; what happens to be left in the ring does not.
    const evictedThrough = this.kept.start;
    if (epoch === this.epoch && seq >= evictedThrough && seq <= this.kept.end)
      return { kind: 'page', entries: this.entries(seq, limit) };
    const oldest = this.kept.at(evictedThrough)?.entry.id;
    return {
      kind: 'gap',
      reason: epoch === this.epoch && seq < evictedThrough ? 'evicted' : 'unknown',
      ...(oldest === undefined ? {} : { oldest }),
      entries: this.entries(evictedThrough, limit),
    };
  }

  tail(signal: AbortSignal): AsyncIterable<TailBatch> {
    this.assertOpen();
    const end = (): void => tail.end();
    const tail = new MemoryTail(this.newestId(), this.bounds.maxTailEntries, () => {
      this.tails.delete(tail);
      signal.removeEventListener('abort', end);
    });
    this.tails.add(tail);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    return tail;
  }

  compare(a: EventId, b: EventId): number {
    return splitId(a).seq - splitId(b).seq;
  }

  parseId(text: string): EventId | undefined {
    return ID.test(text) ? text : undefined;
  }

  async stats(): Promise<LogStats> {
    this.assertOpen();
    this.evict();
    const oldest = this.kept.at(this.kept.start)?.entry.id;
    return {
      entries: this.kept.length,
      bytes: this.bytes,
      ...(oldest === undefined ? {} : { oldest, newest: this.newestId() }),
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const tail of this.tails) tail.end();
  }

  private add(event: NewEvent, added: Entry[]): EventId {
    const repeated =
      event.idempotencyKey === undefined ? undefined : this.byIdempotencyKey.get(event.idempotencyKey);
    if (repeated !== undefined) return repeated;
    const entry: Entry = { ...event, id: this.id(this.kept.end + 1), time: this.environment.now() };
    const size = ENTRY_OVERHEAD + 2 * (entry.data.length + entry.topic.length);
    this.kept.push({ entry, size, appendedAt: this.environment.elapsed() });
    this.bytes += size;
    if (entry.idempotencyKey !== undefined) this.byIdempotencyKey.set(entry.idempotencyKey, entry.id);
    added.push(entry);
    return entry.id;
  }

  private evict(): void {
    const tooOld = this.environment.elapsed() - this.bounds.maxAgeMs;
    for (
      let oldest = this.kept.at(this.kept.start);
      oldest !== undefined;
      oldest = this.kept.at(this.kept.start)
    ) {
      const within = this.kept.length <= this.bounds.maxEntries && this.bytes <= this.bounds.maxBytes;
      if (within && oldest.appendedAt > tooOld) return;
      this.bytes -= oldest.size;
      if (oldest.entry.idempotencyKey !== undefined)
        this.byIdempotencyKey.delete(oldest.entry.idempotencyKey);
      this.kept.dropBefore(this.kept.start + 1);
    }
  }

  private entries(from: number, limit: number): readonly Entry[] {
    return this.kept.slice(from, Math.min(from + limit, this.kept.end)).map(({ entry }) => entry);
  }

  private id(seq: number): EventId {
    return `${this.epoch}-${seq}`;
  }

  private newestId(): EventId {
    return this.id(this.kept.end);
  }

  private assertOpen(): void {
    if (this.closed) throw new SseError('closed', 'The event log has been closed');
  }
}

function splitId(id: EventId): { epoch: string; seq: number } {
  const at = id.lastIndexOf('-');
  return { epoch: id.slice(0, at), seq: Number(id.slice(at + 1)) };
}

/** One follower: what it has not fetched yet waits here, so that eviction from history never makes a hole in a tail. */
class MemoryTail implements AsyncIterable<TailBatch>, AsyncIterator<TailBatch> {
  private pending: Entry[] = [];
  private fresh = true;
  private overrun = false;
  private ended = false;
  private wake: (() => void) | undefined;
  private position: EventId;

  constructor(
    private readonly startPosition: EventId,
    private readonly maxEntries: number,
    private readonly onEnd: () => void,
  ) {
    this.position = startPosition;
  }

  [Symbol.asyncIterator](): AsyncIterator<TailBatch> {
    return this;
  }

  push(entries: readonly Entry[], position: EventId): void {
    if (this.overrun) return;
    if (this.pending.length + entries.length > this.maxEntries) {
      this.overrun = true;
      this.pending = [];
    } else {
      for (const entry of entries) this.pending.push(entry);
    }
    this.position = position;
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.pending = [];
    this.onEnd();
    this.wake?.();
  }

  async next(): Promise<IteratorResult<TailBatch, undefined>> {
    while (!this.ended && !this.fresh && !this.overrun && this.pending.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
    if (this.ended) return { done: true, value: undefined };
    if (this.overrun) {
      this.end();
      throw new SseError(
        'log-overrun',
        `A follower fell more than ${this.maxEntries} entries behind the memory log`,
      );
    }
    if (this.fresh) {
      this.fresh = false;
      return { done: false, value: { entries: [], position: this.startPosition } };
    }
    const entries = this.pending;
    this.pending = [];
    return { done: false, value: { entries, position: this.position } };
  }

  async return(): Promise<IteratorResult<TailBatch, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }
}
