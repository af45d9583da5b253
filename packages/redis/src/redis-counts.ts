import { checkBounds } from './checks.ts';
import type { RedisLink } from './link.ts';
import { partsOf, type RedisEventLog } from './redis-event-log.ts';
import { type Script, script } from './scripts.ts';
import { type LogSetting, unavailable } from './session.ts';

export interface RedisCountsOptions {
  /** The log that the servers share; its connection is used. */
  readonly log: RedisEventLog;
  /** What is counted: counts of another name are others. @defaultValue `tries` */
  readonly name?: string;
}

/** What was counted of one key in its window. */
export interface RedisCount {
  readonly totalHits: number;
  readonly resetTime: Date | undefined;
}

const ADD: Script = script(`
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return { count, redis.call('PTTL', KEYS[1]) }
`);

const LOOK: Script = script(`
return { tonumber(redis.call('GET', KEYS[1]) or '0'), redis.call('PTTL', KEYS[1]) }
`);

/**
 * Counts in windows, in the Redis of a log, for all its servers: a `store` for `express-rate-limit`, and so for `tryLimiter`
 * of `@sse/express/auth`. The window of a key begins with its first count.
 *
 * While Redis is away every call rejects with `log-unavailable`.
 */
export class RedisCounts {
  /** Tells `express-rate-limit` that others count, too. */
  readonly localKeys = false;
  readonly #setting: LogSetting;
  readonly #link: RedisLink;
  readonly #name: string;
  #windowMs = 60_000;

  /** @throws SseError `invalid-option` for what is no log. */
  constructor({ log, name = 'tries' }: RedisCountsOptions) {
    ({ setting: this.#setting, link: this.#link } = partsOf(log));
    this.#name = name;
  }

  /** Called by whoever limits. @throws SseError `invalid-option`. */
  init({ windowMs }: { readonly windowMs: number }): void {
    this.#windowMs = checkBounds({ windowMs }, { windowMs: this.#windowMs }).windowMs;
  }

  increment(key: string): Promise<RedisCount> {
    return this.#run(ADD, key, ['1', String(this.#windowMs)]);
  }

  async get(key: string): Promise<RedisCount | undefined> {
    const count = await this.#run(LOOK, key, []);
    return count.totalHits > 0 ? count : undefined;
  }

  async decrement(key: string): Promise<void> {
    await this.#run(ADD, key, ['-1', String(this.#windowMs)]);
  }

  async resetKey(key: string): Promise<void> {
    const session = await this.#link.session();
    await session.call(['DEL', this.#key(key)]);
  }

  #key(key: string): string {
    return `${this.#setting.keys.auth}:${this.#name}:${key}`;
  }

  async #run(what: Script, key: string, args: readonly string[]): Promise<RedisCount> {
    try {
      const session = await this.#link.session();
      const answer = await session.call(['EVAL', what.text, '1', this.#key(key), ...args]);
      const [totalHits, leftMs] = answer as readonly [number, number];
      return { totalHits, resetTime: leftMs > 0 ? new Date(Date.now() + leftMs) : undefined };
    } catch (error) {
      throw unavailable('Redis did not answer; try again later', error);
    }
  }
}
