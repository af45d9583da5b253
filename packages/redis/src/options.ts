import { type Environment, type EventId, SseError } from '@sse/core';
import { checkBounds, describe } from './checks.ts';
import type { RedisClientSource } from './redis-client.ts';

/** Told of what happens to a log. A hook that throws changes nothing. */
export interface RedisLogHooks {
  /** Connected, for the first time or again. */
  readonly onConnect?: () => void;
  /** The connection, or an attempt at one, failed; there will be another after `retryInMs`. */
  readonly onDisconnect?: (error: unknown, retryInMs: number) => void;
  /** An entry in the stream that this package has not written, or can't read. It is skipped. */
  readonly onPoison?: (id: EventId, why: string) => void;
  /** The tail found that entries after `after` are gone, and ended so that everyone is told. */
  readonly onLoss?: (after: EventId, why: string) => void;
}

/** Numbers that a log is set up with. */
export interface RedisLogBounds {
  /** Entries kept for replay; up to a node of the stream more (100 entries). @defaultValue 1000 */
  readonly maxEntries: number;
  /** Age in milliseconds beyond which entries are dropped, by Redis's clock. @defaultValue 86 400 000 (a day) */
  readonly maxAgeMs: number;
  /** Milliseconds that an idempotency key is kept at least, also when its entry is gone. @defaultValue 120 000 */
  readonly idempotencyMs: number;
  /** Entries that a follower may be behind before its tail fails with `log-overrun`. @defaultValue 10 000 */
  readonly maxTailEntries: number;
  /** The same in UTF-16 units. @defaultValue 64 MiB */
  readonly maxTailBytes: number;
  /** Events that may wait for Redis's answer; more are refused with `log-unavailable`. @defaultValue 20 000 */
  readonly maxPendingEvents: number;
  /** Their size in UTF-16 units. @defaultValue 64 MiB */
  readonly maxPendingBytes: number;
  /** Milliseconds that a command may take before the connection is given up. @defaultValue 5000 */
  readonly commandTimeoutMs: number;
  /** Milliseconds that connecting may take. @defaultValue 5000 */
  readonly connectTimeoutMs: number;
  /** Milliseconds that the tail waits in Redis for news, and so how often an idle tail checks. @defaultValue 5000 */
  readonly blockMs: number;
  /** Milliseconds without an answer after which the tail's connection is given up. @defaultValue 15 000 */
  readonly readTimeoutMs: number;
  /** The longest wait before the second attempt to connect, in milliseconds; doubled each time. @defaultValue 50 */
  readonly minRetryMs: number;
  /** The longest wait before any attempt to connect, in milliseconds. @defaultValue 5000 */
  readonly maxRetryMs: number;
}

export interface RedisEventLogOptions extends Partial<RedisLogBounds> {
  /**
   * A client of `redis` (4 or newer) or `ioredis` (5 or newer), or a function that makes one. It is only duplicated:
   * commands and the blocking read have connections of their own, and these are closed with the log.
   */
  readonly client: RedisClientSource;
  /** Logs with the same prefix on one Redis are one log. @defaultValue `sse` */
  readonly prefix?: string;
  readonly hooks?: RedisLogHooks;
  /** Time, timers and randomness. @defaultValue the system's */
  readonly environment?: Environment;
}

export const REDIS_EVENT_LOG_DEFAULTS: RedisLogBounds = Object.freeze({
  maxEntries: 1_000,
  maxAgeMs: 24 * 60 * 60 * 1_000,
  idempotencyMs: 2 * 60 * 1_000,
  maxTailEntries: 10_000,
  maxTailBytes: 64 * 1024 * 1024,
  maxPendingEvents: 20_000,
  maxPendingBytes: 64 * 1024 * 1024,
  commandTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
  blockMs: 5_000,
  readTimeoutMs: 15_000,
  minRetryMs: 50,
  maxRetryMs: 5_000,
});

export function checkLogBounds(given: Partial<RedisLogBounds>): RedisLogBounds {
  const bounds = checkBounds<RedisLogBounds>(given, REDIS_EVENT_LOG_DEFAULTS);
  if (bounds.readTimeoutMs <= bounds.blockMs)
    throw new SseError(
      'invalid-option',
      `Expected \`readTimeoutMs\` to be more than \`blockMs\` (${bounds.blockMs}), got ${describe(bounds.readTimeoutMs)}`,
    );
  return bounds;
}
