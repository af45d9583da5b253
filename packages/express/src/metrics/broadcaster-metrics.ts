import type { Broadcaster, BroadcasterCounts } from '@sse/core';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { onceATurn } from './once-a-turn.ts';

export interface MetricsOptions {
  /** Where the metrics are registered; each name can be there once. */
  readonly registry: Registry;
}

/** What a broadcaster knows of itself at the moment of a scrape. */
type Read = (counts: BroadcasterCounts) => number;

const COUNTERS: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['events_published_total', 'Events that the log acknowledged to this server', (c) => c.published],
  ['events_shown_total', 'Entries that the tail of the log brought', (c) => c.shown],
  ['events_matched_total', 'Matches of an entry with a group of equal filters', (c) => c.matched],
  ['events_sent_total', 'Events given to connections, replayed ones included', (c) => c.delivered],
  ['events_replayed_total', 'Events given to connections by replay', (c) => c.replayed],
  ['events_dropped_total', 'Events dropped by the policies drop-oldest and latest', (c) => c.dropped],
  ['queue_overflows_total', 'Times that the queue of a client was full', (c) => c.overflows],
  ['queue_warnings_total', 'Warnings sent to clients at 80 % of their queue', (c) => c.warnings],
  ['streams_refused_total', 'Streams refused because as many were open as may be', (c) => c.refused],
  ['streams_cut_total', 'Ended streams that did not leave in time and were cut', (c) => c.cut],
  ['errors_total', 'Failures in the background', (c) => c.errors],
];

/** How the numbers of many workers become one. */
type Aggregator = 'sum' | 'min' | 'max';

const GAUGES: readonly (readonly [name: string, help: string, of: Aggregator, read: Read])[] = [
  ['connected_clients', 'Open streams', 'sum', (c) => c.subscribers],
  ['replaying_clients', 'Open streams that still replay', 'sum', (c) => c.joining],
  ['waiting_clients', 'Open streams whose connection takes no more at present', 'sum', (c) => c.waiting],
  ['leaving_clients', 'Ended streams that have not left yet', 'sum', (c) => c.leaving],
  ['filters', 'Different filters among the open streams', 'sum', (c) => c.groups],
  ['longest_queue_events', 'Events in the fullest queue', 'max', (c) => c.longestQueue],
  ['queued_bytes', 'Bytes that wait for all clients together', 'sum', (c) => c.queuedBytes],
  ['pending_log_reads', 'Reads of the log under way or waiting, for replays', 'sum', (c) => c.pendingReads],
  ['window_events', 'Entries kept in memory for quick replays', 'sum', (c) => c.windowSize],
  ['window_bytes', 'Bytes of the entries kept in memory', 'sum', (c) => c.windowBytes],
  ['running', '1 while the log is followed, 0 otherwise', 'min', (c) => Number(c.status === 'running')],
];

const REASONS: readonly (readonly [
  name: string,
  help: string,
  read: (counts: BroadcasterCounts) => Readonly<Record<string, number>>,
])[] = [
  ['gaps_total', 'Clients told that they missed events, by why', (c) => c.gaps],
  ['disconnects_total', 'Streams that are over, by why', (c) => c.disconnects],
];

const QUEUE_EVENTS = [0, 1, 5, 10, 25, 50, 100, 250, 1_000];
const QUEUE_BYTES = [0, 1_024, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

/**
 * Registers what a broadcaster counts, all of it named `sse_…`, with reasons as the only labels.
 *
 * Nothing is counted twice and nothing runs between scrapes: the numbers are read from the broadcaster when somebody
 * asks. A scrape looks at every open stream once, also while the log does not answer. The queue histograms take one
 * sample of each open stream at each scrape.
 */
export function broadcasterMetrics(
  broadcaster: Pick<Broadcaster, 'clients' | 'counts'>,
  { registry }: MetricsOptions,
): void {
  const registers = [registry];
  const counts = onceATurn(() => broadcaster.counts());

  for (const [name, help, read] of COUNTERS)
    new Counter({
      name: `sse_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(counts()));
      },
    });
  for (const [name, help, aggregator, read] of GAUGES)
    new Gauge({
      name: `sse_${name}`,
      help,
      aggregator,
      registers,
      collect() {
        this.set(read(counts()));
      },
    });
  for (const [name, help, read] of REASONS)
    new Counter({
      name: `sse_${name}`,
      help,
      labelNames: ['reason'],
      registers,
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(read(counts()))) this.inc({ reason }, count);
      },
    });
  const bytes = new Histogram({
    name: 'sse_queue_bytes',
    help: 'Bytes that wait for a client, of each open stream at each scrape',
    buckets: QUEUE_BYTES,
    registers: [],
  });
  const events = new Histogram({
    name: 'sse_queue_events',
    help: 'Events that wait for a client, of each open stream at each scrape',
    buckets: QUEUE_EVENTS,
    registers,
    // One look at the clients for both: this one is asked first.
    collect() {
      for (const { queueSize, queueBytes } of broadcaster.clients()) {
        events.observe(queueSize);
        bytes.observe(queueBytes);
      }
    },
  });
  registry.registerMetric(bytes);
}
