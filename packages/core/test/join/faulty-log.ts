import type {
  Entry,
  EventId,
  EventLog,
  LogPage,
  LogStats,
  NewEvent,
  TailBatch,
} from '../../src/event-log.ts';
import { MemoryEventLog } from '../../src/memory-event-log.ts';
import type { VirtualEnvironment } from '../../src/testing.ts';

/** What has been appended, over all lives of the log, in order: the truth that clients are judged by. */
export interface Truth {
  readonly entries: Entry[];
  /** Number of entries appended before a life of the log began, by its epoch. */
  readonly bases: Map<string, number>;
}

/** Where an id stands in the truth: the number of entries up to and including it; `undefined` for a foreign one. */
export function placeOf(truth: Truth, id: EventId): number | undefined {
  const at = id.lastIndexOf('-');
  const base = truth.bases.get(id.slice(0, at));
  return base === undefined ? undefined : base + Number(id.slice(at + 1));
}

/** A memory log whose answers come late, fail, or break off, as told. */
export class FaultyLog implements EventLog {
  /** Longest delay of an answer in virtual milliseconds. */
  maxDelayMs = 0;
  /** Share of reads and appends that fail. */
  failures = 0;
  /** Gone with its history: takes nothing more. */
  dead = false;
  private readonly inner: MemoryEventLog;
  private readonly broken = new Set<() => void>();

  constructor(
    private readonly environment: VirtualEnvironment,
    private readonly truth: Truth,
    bounds: { readonly maxEntries: number; readonly maxBytes: number },
  ) {
    this.inner = new MemoryEventLog({ ...bounds, environment });
  }

  async append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    await this.trouble();
    if (this.dead) throw new Error('the log is gone');
    const ids = await this.inner.append(events);
    const epoch = (ids[0] ?? '').split('-')[0] ?? '';
    if (!this.truth.bases.has(epoch)) this.truth.bases.set(epoch, this.truth.entries.length);
    events.forEach((event, index) => {
      this.truth.entries.push({ ...event, id: ids[index] ?? '', time: 0 });
    });
    return ids;
  }

  async read(after: EventId, limit: number): Promise<LogPage> {
    await this.trouble();
    const page = await this.inner.read(after, limit);
    // The answer may be late as well as the question.
    if (this.maxDelayMs > 0) await this.delay();
    return page;
  }

  async *tail(signal: AbortSignal): AsyncGenerator<TailBatch> {
    let cut = false;
    const abort = new AbortController();
    const breakOff = (): void => {
      cut = true;
      abort.abort();
    };
    const stop = (): void => abort.abort();
    this.broken.add(breakOff);
    signal.addEventListener('abort', stop);
    try {
      for await (const batch of this.inner.tail(abort.signal)) {
        if (this.maxDelayMs > 0) await this.delay();
        if (cut) break;
        yield batch;
      }
    } finally {
      this.broken.delete(breakOff);
      signal.removeEventListener('abort', stop);
    }
    if (cut) throw new Error('the tail broke');
  }

  /** Every open tail loses what it has not handed on, and throws. */
  breakTails(): void {
    for (const breakOff of [...this.broken]) breakOff();
  }

  heal(): void {
    this.maxDelayMs = 0;
    this.failures = 0;
  }

  /** So that ids of a life without any entry are known to the truth too. */
  async note(): Promise<void> {
    const tail = this.inner.tail(new AbortController().signal)[Symbol.asyncIterator]();
    const { value } = await tail.next();
    await tail.return?.();
    const [epoch = '', seq = '0'] = (value?.position ?? '').split('-');
    if (!this.truth.bases.has(epoch)) this.truth.bases.set(epoch, this.truth.entries.length - Number(seq));
  }

  compare(a: EventId, b: EventId): number {
    return this.inner.compare(a, b);
  }

  parseId(text: string): EventId | undefined {
    return this.inner.parseId(text);
  }

  stats(): Promise<LogStats> {
    return this.inner.stats();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private async trouble(): Promise<void> {
    if (this.maxDelayMs > 0) await this.delay();
    if (this.environment.random() < this.failures) throw new Error('the log does not answer');
  }

  private delay(): Promise<void> {
    return new Promise((resolve) => {
      this.environment.after(this.environment.random() * this.maxDelayMs, resolve);
    });
  }
}
