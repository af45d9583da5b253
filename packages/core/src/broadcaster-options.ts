import type { QueueBounds } from './backlog.ts';
import type { OptionRules } from './checks.ts';
import type { Client } from './client.ts';
import type { Environment } from './environment.ts';
import type { TopicMap } from './event-input.ts';
import type { EventId, EventLog, NewEvent } from './event-log.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { DisconnectReason, GapEvent, Resume } from './system-events.ts';
import type { WindowBounds } from './window.ts';

/**
 * Told of what happens, in that order, once what is being done in this turn is done. A hook that throws, or rejects, is
 * reported to `onError` and changes nothing.
 */
export interface BroadcasterHooks {
  /** A stream has been opened. */
  readonly onConnect?: (client: Client) => void;
  /**
   * A stream has been given all that it missed, if anything, and is live; `resume` is how it began. Not called for one
   * that is over before.
   */
  readonly onLive?: (client: Client, resume: Resume) => void;
  /** A stream is over; called once for each `onConnect`. `client` is its last state. */
  readonly onDisconnect?: (client: Client, reason: DisconnectReason) => void;
  /** The log has acknowledged these events, with these ids, in the same order. */
  readonly onPublish?: (events: readonly NewEvent[], ids: readonly EventId[]) => void;
  /** A client is being told that it missed something. */
  readonly onGap?: (client: Client, gap: GapEvent) => void;
  /** A client's queue was full. `dropped` events were dropped; none under the policy `disconnect`. */
  readonly onOverflow?: (client: Client, dropped: number) => void;
  /** Something failed in the background. @defaultValue `console.error` */
  readonly onError?: (error: unknown, context: ErrorContext) => void;
}

/** Where a background failure happened. */
export interface ErrorContext {
  /** `tail`: following the log. `replay`: reading it for a stream. `hook`: in a hook of yours. `close`: closing the log. */
  readonly during: 'tail' | 'replay' | 'hook' | 'close';
}

/** Numbers and words that a broadcaster is set up with. */
export interface BroadcasterBounds extends QueueBounds, WindowBounds {
  /** Open connections; more are refused with `too-many-subscribers`. @defaultValue 20 000 */
  readonly maxSubscribers: number;
  /** Events that may wait for one subscriber. @defaultValue 100 */
  readonly maxQueueSize: number;
  /** Bytes that may wait for one subscriber, those that its sink still holds counted in. @defaultValue 1 MiB */
  readonly maxQueueBytes: number;
  /** What happens beyond either. @defaultValue `disconnect` */
  readonly queuePolicy: QueueBounds['queuePolicy'];
  /** Milliseconds without progress after which a subscriber is ended with `slow`. @defaultValue 30 000 */
  readonly stallTimeoutMs: number;
  /** Milliseconds that an ended stream has to leave before it is cut. @defaultValue 5 000 */
  readonly lingerMs: number;
  /** Entries kept with their frames for quick replays. @defaultValue 1 000 */
  readonly windowSize: number;
  /** Bytes of those frames. @defaultValue 16 MiB */
  readonly windowBytes: number;
  /** Milliseconds of silence towards a client after which it gets a heartbeat. @defaultValue 30 000 */
  readonly heartbeatMs: number;
  /** What clients are told to wait before they reconnect, in milliseconds, spread by a fifth. @defaultValue 5 000 */
  readonly retryMs: number;
  /** Milliseconds after which a stream is ended, spread down by a fifth; 0: never. @defaultValue 86 400 000 (a day) */
  readonly maxAgeMs: number;
  /** Bytes of one event's data. @defaultValue 1 MiB */
  readonly maxEventBytes: number;
  /** Events in one publish. @defaultValue 10 000 */
  readonly maxBatchSize: number;
  /** Entries read from the log at once during a replay. @defaultValue 100 */
  readonly replayPageSize: number;
  /** Reads of the log for replays at the same time; more wait for their turn. @defaultValue 16 */
  readonly maxReplayReads: number;
  /** Milliseconds that a new subscriber waits for a log that does not answer. @defaultValue 5 000 */
  readonly logTimeoutMs: number;
  /** What follows a gap: what is still in the history, or live events only. @defaultValue `replay` */
  readonly afterGap: 'replay' | 'live';
}

/** How a broadcaster is set up. Everything is optional. */
export interface BroadcasterOptions<Topics extends object = TopicMap> extends Partial<BroadcasterBounds> {
  /** Owns order, ids and history. @defaultValue a `MemoryEventLog`, closed together with the broadcaster */
  readonly log?: EventLog;
  /** A Standard Schema for each topic that is to be validated at publish. */
  readonly schemas?: { readonly [Topic in keyof Topics]?: StandardSchema<unknown, Topics[Topic]> };
  readonly hooks?: BroadcasterHooks;
  /** Time, timers and randomness. @defaultValue the system's */
  readonly environment?: Environment;
}

export const BROADCASTER_DEFAULTS: BroadcasterBounds = Object.freeze({
  maxSubscribers: 20_000,
  maxQueueSize: 100,
  maxQueueBytes: 2 ** 20, // 1 MiB
  queuePolicy: 'disconnect',
  stallTimeoutMs: 30_000,
  lingerMs: 5_000,
  windowSize: 1_000,
  windowBytes: 2 ** 24, // 16 MiB
  heartbeatMs: 30_000,
  retryMs: 5_000,
  maxAgeMs: 86_400_000, // a day
  maxEventBytes: 2 ** 20,
  maxBatchSize: 10_000,
  replayPageSize: 100,
  maxReplayReads: 16,
  logTimeoutMs: 5_000,
  afterGap: 'replay',
});

/** Of these and of the numbers that a subscription may bring. */
export const BROADCASTER_RULES: OptionRules<BroadcasterBounds & { expiresAt: number }> = {
  queuePolicy: ['disconnect', 'drop-oldest', 'latest'],
  afterGap: ['replay', 'live'],
  retryMs: 0,
  maxAgeMs: 0,
  expiresAt: 0,
};
