import { type Environment, type EventId, SseError, sseErrorCode } from '@sse/core';
import type { LogKeys } from './keys.ts';
import type { NewestKnown } from './newest-known.ts';
import type { RedisLogBounds } from './options.ts';
import type { ConnectRedis, RedisConnection } from './redis-client.ts';
import { OPEN, type Script } from './scripts.ts';

/** What the parts of one log share. */
export interface LogSetting {
  readonly keys: LogKeys;
  readonly bounds: RedisLogBounds;
  readonly environment: Environment;
  readonly connect: ConnectRedis;
  readonly known: NewestKnown;
}

/** Where a log stands, of one moment. */
export interface LogPosition {
  readonly epoch: string;
  /** The id of the newest entry, or the log's first position. */
  readonly last: EventId;
  /** Which server answered; empty where it doesn't say. */
  readonly run: string;
}

/** A connection for commands that block. */
export interface Dedicated {
  /** Like `call` of the session, with the time limit of a blocking read. */
  send(command: readonly string[]): Promise<unknown>;
  close(): void;
}

/** The connection of a tail, from where it begins. */
export interface Following extends Dedicated {
  readonly position: LogPosition;
}

/** An error that Redis answered with, in contrast to a connection that failed: `WRONGTYPE Operation against …`. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && /^[A-Z][A-Z0-9_]+ /.test(error.message);
}

/**
 * Answers of a server that can't serve a log any more, but another may: a demoted master, one that still loads. Redis 6
 * wraps what a script ran into in an error of its own.
 */
const ELSEWHERE =
  /^(?:ERR Error running script .* -)?(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|UNBLOCKED|NOAUTH|MOVED|TRYAGAIN) /;

/** A failure as a `log-unavailable`; one that has a code already, as it is. */
export function unavailable(message: string, cause: unknown): SseError {
  if (sseErrorCode(cause) !== undefined) return cause as SseError;
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new SseError('log-unavailable', message + why, { cause });
}

/**
 * The connections of one log to one server: one for commands, and one, once it is needed, for the blocking read.
 *
 * They live and die together. Were each to reconnect for itself, a replay could be answered by the old master of a
 * failover while the tail follows the new one, and the two would not fit.
 */
export class Session {
  /** Why it is over. */
  failure: { readonly error: unknown } | undefined;
  /** Whether the append script is known to this server. */
  knowsAppend = false;
  readonly #setting: LogSetting;
  readonly #onLost: (error: unknown) => void;
  readonly #waiting = new Set<(error: unknown) => void>();
  readonly #connections = new Set<RedisConnection>();
  #commands!: RedisConnection;
  #run = '';

  private constructor(setting: LogSetting, onLost: (error: unknown) => void) {
    this.#setting = setting;
    this.#onLost = onLost;
  }

  /** Connects, and makes sure that what answers is a log that can be used. `onLost` is called once, after that. */
  static async open(setting: LogSetting, onLost: (error: unknown) => void): Promise<Session> {
    const session = new Session(setting, onLost);
    try {
      session.#commands = await session.#connect();
      const send: Dedicated['send'] = (command) => session.call(command);
      session.#run = (await session.#position({ send })).run;
      return session;
    } catch (error) {
      session.end(error);
      throw error;
    }
  }

  /** Runs a command. Rejects with what Redis answers, or with why the session is over. */
  call(command: readonly string[]): Promise<unknown> {
    return this.#send(this.#commands, command, this.#setting.bounds.commandTimeoutMs);
  }

  /** Runs a script on the log's keys. */
  run(script: Script, ...args: readonly string[]): Promise<unknown> {
    return this.call(this.evaluate(script, args));
  }

  /** The epoch of a log that is to be begun, and its first position: an id before all others, and never the same. */
  candidate(): string {
    const random = this.#setting.environment.random() * 9 * 10 ** 14;
    return `0-${10 ** 14 + Math.floor(random)}`; // 15 digits, none of them for a leading zero
  }

  evaluate(script: Script, args: readonly string[], bySha = false): string[] {
    const { events, head, keys, queue } = this.#setting.keys;
    const name = bySha ? ['EVALSHA', script.sha] : ['EVAL', script.text];
    return [...name, '4', events, head, keys, queue, ...args];
  }

  /** The second connection, for the tail, and where it begins. */
  async follow(): Promise<Following> {
    const dedicated = await this.dedicate();
    return { ...dedicated, position: await this.#position(dedicated) };
  }

  /**
   * Another connection, for commands that block. Rejects where it has reached another server than the first: a failover
   * may be under way.
   */
  async dedicate(): Promise<Dedicated> {
    const connection = await this.#connect();
    const { readTimeoutMs } = this.#setting.bounds;
    const dedicated: Dedicated = {
      send: (command) => this.#send(connection, command, readTimeoutMs),
      close: () => {
        this.#connections.delete(connection);
        connection.close();
      },
    };
    if ((await this.#position(dedicated)).run === this.#run) return dedicated;
    const error = new Error('Two connections reached two servers; a failover may be under way');
    this.end(error);
    throw error;
  }

  /** Cuts the connections; whoever waits for an answer is told `error`. A second call does nothing. */
  end(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    for (const connection of this.#connections) connection.close();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const fail of waiting) fail(error);
    this.#onLost(error);
  }

  async #connect(): Promise<RedisConnection> {
    const { connect, bounds } = this.#setting;
    let isLate = false;
    let opened: RedisConnection | undefined;
    const attempt = connect((error) => {
      // One that we closed ourselves says so too.
      if (opened === undefined || this.#connections.has(opened)) this.end(error);
    }).then((connection) => {
      opened = connection;
      // Nobody waits for it any more.
      if (isLate || this.failure !== undefined) connection.close();
      else this.#connections.add(connection);
      return connection;
    });
    try {
      return await this.#inTime(attempt, bounds.connectTimeoutMs, 'connect');
    } catch (error) {
      if (!isReplyError(error)) this.end(error);
      throw error;
    } finally {
      isLate = true;
    }
  }

  async #position({ send }: Pick<Dedicated, 'send'>): Promise<LogPosition> {
    const { known } = this.#setting;
    const answer = await send(this.evaluate(OPEN, [this.candidate(), known.epoch, known.id]));
    const [epoch = '', last = '', run = ''] = answer as string[];
    known.opened(epoch, last);
    return { epoch, last, run };
  }

  async #send(connection: RedisConnection, command: readonly string[], timeoutMs: number): Promise<unknown> {
    try {
      return await this.#inTime(connection.send(command), timeoutMs, command[0] ?? '');
    } catch (error) {
      // Without a server that answers in time nothing is known of the commands sent after this one either.
      const isOver = !isReplyError(error) || ELSEWHERE.test(error.message);
      if (isOver && this.#connections.has(connection)) this.end(error);
      throw error;
    }
  }

  #inTime<Value>(answer: Promise<Value>, ms: number, what: string): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        answer.catch(() => undefined);
        reject(this.failure.error);
        return;
      }
      const timer = this.#setting.environment.after(ms, () =>
        reject(new Error(`Redis did not answer ${what} within ${ms} ms`)),
      );
      this.#waiting.add(reject);
      answer.then(resolve, reject).finally(() => {
        timer.cancel();
        this.#waiting.delete(reject);
      });
    });
  }
}
