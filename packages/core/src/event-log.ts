/** An entry's place in its log: ASCII `[A-Za-z0-9._-]{1,128}`, made by the log, never by the publisher. */
export type EventId = string;

/** What any id looks like, whichever log made it. No `:`, so that browsers send it without a preflight. */
export const EVENT_ID_PATTERN: RegExp = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * A W3C `traceparent` of version 00: 55 characters, lower case, neither of its ids all zeros. Nothing else is carried,
 * since what is carried stands in the stream as it is.
 */
export const TRACEPARENT_PATTERN: RegExp = /^00-(?!0+-)[\da-f]{32}-(?!0+-)[\da-f]{16}-[\da-f]{2}$/;

/** An event on its way into the log: checked, its data already text. */
export interface NewEvent {
  readonly topic: string;
  /** The text of the `data` field; may have several lines. */
  readonly data: string;
  /** Name of the event on the wire. Absent: `data`. */
  readonly event?: string;
  /** Events with the same key supersede one another under the `latest` policy. Absent: the topic. */
  readonly key?: string;
  /** The publisher's own id: appending it again, while the log still holds the first, adds nothing. */
  readonly idempotencyKey?: string;
  /** Only for subscribers whose rights name its topic; never for those who may see everything because nobody asked. */
  readonly private?: boolean;
  /** The trace that it was published in; matches {@link TRACEPARENT_PATTERN}. */
  readonly traceparent?: string;
}

/** An event in the log. */
export interface Entry extends NewEvent {
  readonly id: EventId;
  /** When it was appended, milliseconds since 1970, by the log's clock. */
  readonly time: number;
}

/** Why a log can't prove that nothing is missing after an id. */
export type LogGapReason = 'evicted' | 'unknown';

/** What `read` answers: the entries right after an id, or that some of them are gone. */
export type LogPage =
  | { readonly kind: 'page'; readonly entries: readonly Entry[] }
  | {
      readonly kind: 'gap';
      /** `evicted`: older than the history. `unknown`: another epoch, or newer than the newest. */
      readonly reason: LogGapReason;
      /** The oldest entry still held; absent where there is none. */
      readonly oldest?: EventId;
      /** The first page of what is still held, from the oldest on. */
      readonly entries: readonly Entry[];
    };

/** News from the tail: `entries` in order, and the log's position after them. */
export interface TailBatch {
  readonly entries: readonly Entry[];
  /** The id of the newest entry known to this follower, or the log's starting position while it is empty. */
  readonly position: EventId;
}

export interface LogStats {
  readonly entries: number;
  /** Size of what is held, in bytes as the log counts them. */
  readonly bytes: number;
  readonly oldest?: EventId;
  readonly newest?: EventId;
}

/**
 * Owns order, ids and history. Whoever publishes only appends; what subscribers get is what the tail brings back, in
 * the log's order, the publisher's own events included. So every server shows one order, and an id means the same
 * place on all of them.
 *
 * Laws, run by `eventLogLaws` of `@sse/core/testing` on every implementation, with two instances where the store is shared:
 *
 * - Ids increase by `compare`, and match {@link EVENT_ID_PATTERN}.
 * - Every tail brings every entry appended after it was opened, once, in order.
 * - `read` after an id that the log still holds, or that is the newest, never answers `gap`.
 * - `read` after an id that it can't prove never answers a page: a false gap is allowed, a hole is not.
 * - An acknowledged append is in every later `read`. A failed one is in none, or its retry with the same
 *   idempotency key adds nothing.
 */
export interface EventLog {
  /** Adds all of `events` in their order, or none. Rejects with `log-unavailable` or `closed`. */
  append(events: readonly NewEvent[]): Promise<readonly EventId[]>;
  /** At most `limit` entries after `after`. An empty page means that `after` is the newest. */
  read(after: EventId, limit: number): Promise<LogPage>;
  /**
   * Follows the log from now on. The first batch comes at once, without entries, and says where "now" is. Ends when
   * `signal` aborts; throws when the store is lost, and may then be opened again.
   */
  tail(signal: AbortSignal): AsyncIterable<TailBatch>;
  /** Negative, zero or positive, as `a` stands before, at or after `b`. Both have passed `parseId`. */
  compare(a: EventId, b: EventId): number;
  /** Untrusted text as an id of this kind of log, or `undefined` where it can't be one. */
  parseId(text: string): EventId | undefined;
  stats(): Promise<LogStats>;
  /** Ends every tail. Later calls reject with `closed`. A second call does nothing. */
  close(): Promise<void>;
}
