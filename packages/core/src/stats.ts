import type { LogStats } from './event-log.ts';
import type { DisconnectReason, GapReason } from './system-events.ts';

/**
 * - `starting`: the log's tail has not opened yet.
 * - `running`: all is well.
 * - `log_unavailable`: the tail is broken and being opened again; streams stay, new ones are refused.
 * - `closing`: `close()` is ending the streams. `closed`: it has.
 */
export type BroadcasterStatus = 'starting' | 'running' | 'log_unavailable' | 'closing' | 'closed';

/** What a broadcaster counts since it was made. */
export interface Counters {
  /** Events that the log acknowledged to this broadcaster. */
  published: number;
  /** Entries that the tail brought. */
  shown: number;
  /** Matches of an entry with a group of equal filters. */
  matched: number;
  /** Events given to connections, replayed ones included. */
  delivered: number;
  /** Events given by replay. */
  replayed: number;
  /** Events dropped by the policies `drop-oldest` and `latest`. */
  dropped: number;
  /** Times that a queue was full. */
  overflows: number;
  /** Warnings sent at 80 % of a queue. */
  warnings: number;
  /** Ended streams that did not leave in time and were cut. */
  cut: number;
  /** Subscriptions refused because there were too many. */
  refused: number;
  /** Failures reported to `onError`. */
  errors: number;
  readonly gaps: Record<GapReason, number>;
  readonly disconnects: Record<DisconnectReason, number>;
}

export function createCounters(): Counters {
  return {
    published: 0,
    shown: 0,
    matched: 0,
    delivered: 0,
    replayed: 0,
    dropped: 0,
    overflows: 0,
    warnings: 0,
    cut: 0,
    refused: 0,
    errors: 0,
    gaps: { evicted: 0, unknown: 0, malformed: 0, overflow: 0, trimmed: 0 },
    disconnects: {
      shutdown: 0,
      slow: 0,
      expired: 0,
      revoked: 0,
      max_age: 0,
      log_lost: 0,
      gone: 0,
      failed: 0,
    },
  };
}

/** What the open streams amount to, as of now. */
export interface StreamsStats {
  /** Open connections. */
  readonly subscribers: number;
  /** Of the connections, those that still replay. */
  readonly joining: number;
  /** Of the connections, those whose sink takes no more at present. */
  readonly waiting: number;
  /** Events in the fullest queue. */
  readonly longestQueue: number;
  /** Bytes that wait for all connections together. */
  readonly queuedBytes: number;
  /** Ended streams that have not left yet. */
  readonly leaving: number;
  /** Different filters among the connections. */
  readonly groups: number;
  /** Reads of the log under way or waiting. */
  readonly pendingReads: number;
}

/** A broadcaster's state and counters, as of now. */
export interface BroadcasterCounts extends StreamsStats, Readonly<Omit<Counters, 'gaps' | 'disconnects'>> {
  readonly status: BroadcasterStatus;
  /** Entries, and bytes of frames, kept for quick replays. */
  readonly windowSize: number;
  readonly windowBytes: number;
  readonly gaps: Readonly<Counters['gaps']>;
  readonly disconnects: Readonly<Counters['disconnects']>;
}

/** The same, and what its log holds. */
export interface BroadcasterStats extends BroadcasterCounts {
  readonly log: LogStats;
}
