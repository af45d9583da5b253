import {
  type EventId,
  type EventLog,
  type LogPage,
  type LogStats,
  type NewEvent,
  SseError,
  systemEnvironment,
  type TailBatch,
} from '@sse/core';
import { Appender } from './appender.ts';
import { ChainReader } from './chain.ts';
import { describe } from './checks.ts';
import { compareStreamIds, parseStreamId } from './event-ids.ts';
import { History } from './history.ts';
import { logKeys } from './keys.ts';
import { closedError, RedisLink } from './link.ts';
import { NewestKnown } from './newest-known.ts';
import { checkLogBounds, type RedisEventLogOptions } from './options.ts';
import { connectorFor } from './redis-client.ts';
import type { LogSetting } from './session.ts';
import { StreamReader } from './stream-reader.ts';

/** What a log has counted since it was made, and its state as of now. */
export interface RedisLogMetrics {
  /** Whether Redis is connected. */
  readonly connected: boolean;
  /** Times that it was connected, and times that a connection or an attempt failed. */
  readonly connects: number;
  readonly disconnects: number;
  /** Entries that could not be read, and were skipped; one is counted by each reader that meets it. */
  readonly poisoned: number;
  /** Times that the tail found entries gone. */
  readonly losses: number;
  /** Events that wait for Redis's answer. */
  readonly pendingEvents: number;
}

/** What a presence shares with its log. */
interface LogParts {
  readonly setting: LogSetting;
  readonly link: RedisLink;
}

const parts = new WeakMap<RedisEventLog, LogParts>();

/** @throws SseError `invalid-option` for what is no `RedisEventLog` of this copy of the package. */
export function partsOf(log: RedisEventLog): LogParts {
  const found = typeof log === 'object' && log !== null ? parts.get(log) : undefined;
  if (found !== undefined) return found;
  throw new SseError('invalid-option', `Expected \`log\` to be a RedisEventLog, got ${describe(log)}`);
}

/**
 * The event log of many servers, on one Redis Stream: every server shows one order, and an id means the same place on
 * all of them.
 *
 * Ids are the stream's own `<ms>-<seq>`, given by Redis. Every entry names the one before it, and the log has an epoch
 * that is lost with it, so that a flush, a restart without data, a failover that lost its tail and a trim past a
 * reader are found: with the next entry at once, and without one within `blockMs`.
 *
 * Commands go over one connection of its own and the tail's blocking read over another; both are opened when they are
 * first needed, and again, after a wait of full jitter, when either is lost. While Redis is away `append`, `read` and
 * `stats` reject with `log-unavailable` at once: nothing is stored here that could be lost.
 *
 * @example
 * ```ts
 * import { Broadcaster } from '@sse/core';
 * import { RedisEventLog } from '@sse/redis';
 * import { createClient } from 'redis';
 *
 * const log = new RedisEventLog({ client: createClient({ url: 'redis://localhost:6379' }), prefix: 'shop' });
 * const broadcaster = new Broadcaster({ log });
 * ```
 */
export class RedisEventLog implements EventLog {
  readonly #link: RedisLink;
  readonly #appender: Appender;
  readonly #history: History;
  readonly #chain: ChainReader;
  readonly #reader: StreamReader;
  #closed = false;

  /** @throws SseError `invalid-option`. Does not connect yet. */
  constructor(options: RedisEventLogOptions) {
    const { client, prefix = 'sse', hooks = {}, environment = systemEnvironment, ...given } = options;
    const bounds = checkLogBounds(given);
    const keys = logKeys(prefix);
    const connect = connectorFor(client, { connectTimeoutMs: bounds.connectTimeoutMs, key: keys.events });
    const setting: LogSetting = { keys, bounds, environment, connect, known: new NewestKnown() };
    this.#link = new RedisLink(setting, hooks);
    parts.set(this, { setting, link: this.#link });
    this.#chain = new ChainReader(hooks);
    this.#appender = new Appender(setting, this.#link);
    this.#reader = new StreamReader(setting, this.#link, this.#chain, hooks);
    this.#history = new History(setting, this.#link, this.#chain, this.#reader.recent);
  }

  /**
   * Adds all of `events` in their order, or none, in one atomic step.
   *
   * Where it rejects after the command was sent, Redis may have taken it: repeat it with the same idempotency keys, and
   * nothing is added twice.
   *
   * @throws SseError `log-unavailable`, `closed`.
   */
  async append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    this.#assertOpen();
    return events.length === 0 ? [] : this.#appender.append(events);
  }

  async read(after: EventId, limit: number): Promise<LogPage> {
    this.#assertOpen();
    return this.#history.read(after, limit);
  }

  /** Where Redis is away the first batch waits for it. Throws `log-overrun` where entries were lost. */
  tail(signal: AbortSignal): AsyncIterable<TailBatch> {
    this.#assertOpen();
    return this.#reader.open(signal);
  }

  compare(a: EventId, b: EventId): number {
    return compareStreamIds(a, b);
  }

  parseId(text: string): EventId | undefined {
    return parseStreamId(text);
  }

  /** `bytes` is what `MEMORY USAGE` estimates; 0 where Redis does not allow the command. */
  async stats(): Promise<LogStats> {
    this.#assertOpen();
    return this.#history.stats();
  }

  metrics(): RedisLogMetrics {
    return {
      connected: this.#link.live !== undefined,
      ...this.#link.counters,
      poisoned: this.#chain.poisoned,
      losses: this.#reader.losses,
      pendingEvents: this.#appender.pendingEvents,
    };
  }

  /** Closes its own connections; the client that it was given stays as it is. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#reader.close();
    this.#link.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError();
  }
}
