import type { EventId } from './event-log.ts';

/** How a subscription began: without a cursor, right after its cursor, or after a gap. */
export type Resume = 'new' | 'resumed' | 'reset';

/**
 * Why entries may be lost to a subscriber.
 *
 * - `evicted`: its cursor is older than the history.
 * - `unknown`: its cursor is of another epoch, or newer than the newest entry.
 * - `malformed`: its cursor can't be an id of this log.
 * - `overflow`: its queue was full and the policy dropped events.
 * - `trimmed`: the log lost entries that this server had not brought yet.
 */
export type GapReason = 'evicted' | 'unknown' | 'malformed' | 'overflow' | 'trimmed';

/** Why the server ends a stream. `revoked` and `log_lost` are for applications to give; the core itself never does. */
export type ClosingReason = 'shutdown' | 'slow' | 'expired' | 'revoked' | 'max_age' | 'log_lost';

/** Why a connection is over: the server's reason, `gone` when the peer left, or `failed` when its sink broke. */
export type DisconnectReason = ClosingReason | 'gone' | 'failed';

/** First event of every stream. */
export interface ConnectedEvent {
  readonly type: 'connected';
  readonly client_id: string;
  readonly topics: readonly string[];
  readonly resume: Resume;
  /** Longest silence to expect, in milliseconds. */
  readonly heartbeat_ms: number;
  /** Where the log stands: what comes up to this id was published before. */
  readonly newest: EventId;
  /** How long the rights last, in milliseconds; absent where they do not end. */
  readonly expires_in_ms?: number;
}

/** Entries may be missing between `requested` and `oldest`. */
export interface GapEvent {
  readonly type: 'gap';
  readonly reason: GapReason;
  /** The cursor that could not be served, cut at 128 characters; `null` where there is none. */
  readonly requested: string | null;
  /** The entry that the stream goes on with; `null` where it goes on after `newest`, with what is yet to come. */
  readonly oldest: EventId | null;
  /** Where the log stands. */
  readonly newest: EventId | null;
}

/** The subscriber's queue is 80 % full, by events or by bytes. */
export interface WarningEvent {
  readonly type: 'warning';
  readonly queue_size: number;
  readonly queue_bytes: number;
  readonly max_queue_size: number;
  readonly max_queue_bytes: number;
}

/** Last event of a stream that the server ends. */
export interface ClosingEvent {
  readonly type: 'closing';
  readonly reason: ClosingReason;
  /** The cursor to come back with, should the receiver not have one of its own. */
  readonly resume_from: EventId;
}

/** The data of an `event: system` frame. */
export type SystemEvent = ConnectedEvent | GapEvent | WarningEvent | ClosingEvent;
