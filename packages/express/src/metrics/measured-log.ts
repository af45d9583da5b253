import type { Entry, EventLog, LogPage, LogStats, TailBatch } from '@sse/core';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { MetricsOptions } from './broadcaster-metrics.ts';
import { onceATurn } from './once-a-turn.ts';

type Operation = 'append' | 'read' | 'tail' | 'stats';

const OPERATIONS: readonly Operation[] = ['append', 'read', 'tail', 'stats'];
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Milliseconds that a scrape waits for the log; then it shows what was known before. */
const STATS_MS = 500;

/**
 * The same log, with its times and its size as metrics: how long appends and reads take, when its tail brings an entry, and
 * `sse_event_latency_seconds`, from an event's place in the log to its bytes being given to every connection that is up to
 * date.
 *
 * Latencies are one sample a batch of the tail, that of its oldest entry: they cost the same at any rate. They compare
 * the log's clock with this process', to a millisecond; between machines the difference of the clocks is in them, and
 * what would be negative counts as 0.
 */
export function measuredLog(log: EventLog, options: MetricsOptions): EventLog {
  const registers = [options.registry];
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name: `sse_${name}_seconds`, help, buckets: SECONDS, registers });
  const appends = histogram('log_append', 'Time until the log acknowledged an append');
  const reads = histogram('log_read', 'Time until the log answered a read for a replay');
  const tails = histogram('log_tail', 'Time from the append of an event until the tail brought it');
  const latency = histogram('event_latency', 'Time from the append of an event until it was written');
  const failures = new Counter({
    name: 'sse_log_failures_total',
    help: 'Calls of the log that failed, by which',
    labelNames: ['operation'],
    registers,
  });
  for (const operation of OPERATIONS) failures.inc({ operation }, 0);
  historyGauges(log, options);

  async function measured<Value>(
    operation: Operation,
    call: Promise<Value>,
    into?: Histogram,
  ): Promise<Value> {
    const startedAt = performance.now();
    try {
      const value = await call;
      into?.observe((performance.now() - startedAt) / 1_000);
      return value;
    } catch (error) {
      failures.inc({ operation });
      throw error;
    }
  }

  async function* tail(signal: AbortSignal): AsyncIterable<TailBatch> {
    try {
      for await (const batch of log.tail(signal)) {
        const [oldest] = batch.entries;
        if (oldest !== undefined) tails.observe(ageOf(oldest));
        yield batch;
        // The broadcaster holds the batch now, and writes it at the end of this turn: just before this.
        if (oldest !== undefined) setImmediate(() => latency.observe(ageOf(oldest)));
      }
    } catch (error) {
      failures.inc({ operation: 'tail' });
      throw error;
    }
  }

  return {
    append: (events) => measured('append', log.append(events), appends),
    read: (after, limit): Promise<LogPage> => measured('read', log.read(after, limit), reads),
    tail,
    compare: (a, b) => log.compare(a, b),
    parseId: (text) => log.parseId(text),
    stats: () => measured('stats', log.stats()),
    close: () => log.close(),
  };
}

/** How much the log holds, and how far it reaches back. Workers of one history have the same: it is not added up. */
function historyGauges(log: EventLog, { registry }: MetricsOptions): void {
  const asked = onceATurn(() => within(STATS_MS, Promise.all([log.stats(), oldestEntry(log)])));
  const gauge = (name: string, help: string, read: (stats: LogStats, oldest?: Entry) => number): Gauge =>
    new Gauge({
      name: `sse_history_${name}`,
      help: `${help}; as last known`,
      aggregator: 'max',
      registers: [registry],
      async collect() {
        const known = await asked();
        if (known !== undefined) this.set(read(...known));
      },
    });
  gauge('entries', 'Events that the log holds', ({ entries }) => entries);
  gauge('bytes', 'Bytes that the log holds, as it counts them', ({ bytes }) => bytes);
  gauge('age_seconds', 'Age of the oldest event that the log holds', (_, oldest) =>
    oldest === undefined ? 0 : ageOf(oldest),
  );
}

/** After an id that the log can't vouch for, `read` answers with what is still held, from the oldest on. */
async function oldestEntry(log: EventLog): Promise<Entry | undefined> {
  const unknown = log.parseId('0-0');
  return unknown === undefined ? undefined : (await log.read(unknown, 1)).entries[0];
}

/** Seconds since an entry was appended. */
function ageOf({ time }: Entry): number {
  return Math.max(0, Date.now() - time) / 1_000;
}

async function within<Value>(ms: number, answer: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([answer.catch(() => undefined), timeout]).finally(() => clearTimeout(timer));
}
