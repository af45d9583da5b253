import { randomUUID } from 'node:crypto';
import { type AuthStore, type Revocations, SseError } from '@sse/core';
import { IS_REVOKED, KEEP_TICKET, REVOCATIONS, REVOKE, TAKE_TICKET } from './auth-scripts.ts';
import { checkBounds } from './checks.ts';
import type { RedisLink } from './link.ts';
import { partsOf, type RedisEventLog } from './redis-event-log.ts';
import type { Script } from './scripts.ts';
import { type LogSetting, unavailable } from './session.ts';

export interface RedisAuthStoreBounds {
  /** Revocations at the same time. @defaultValue 10 000 */
  readonly maxRevocations: number;
  /** Tickets that wait at the same time. @defaultValue 100 000 */
  readonly maxTickets: number;
}

export interface RedisAuthStoreOptions extends Partial<RedisAuthStoreBounds> {
  /** The log that the servers share; its connection is used. Not closed with the store. */
  readonly log: RedisEventLog;
}

export const REDIS_AUTH_STORE_DEFAULTS: RedisAuthStoreBounds = Object.freeze({
  maxRevocations: 10_000,
  maxTickets: 100_000,
});

/**
 * What authorisation has to remember, in the Redis of a log, for all its servers. Times are over by the clock of Redis.
 *
 * It lasts as long as what Redis holds: a failover may lose the newest revocation, as it may lose the newest events, and
 * an eviction policy other than `noeviction` may lose any. While Redis is away every call rejects with `log-unavailable`.
 */
export class RedisAuthStore implements AuthStore {
  readonly #bounds: RedisAuthStoreBounds;
  readonly #setting: LogSetting;
  readonly #link: RedisLink;
  #isClosed = false;

  /** @throws SseError `invalid-option`. */
  constructor({ log, ...bounds }: RedisAuthStoreOptions) {
    this.#bounds = checkBounds<RedisAuthStoreBounds>(bounds, REDIS_AUTH_STORE_DEFAULTS);
    ({ setting: this.#setting, link: this.#link } = partsOf(log));
  }

  async revoke(id: string, expiresAt: number): Promise<boolean> {
    const args = [id, String(Math.ceil(expiresAt)), String(this.#bounds.maxRevocations), randomUUID()];
    return (await this.#run(REVOKE, ['revoked', 'version'], args)) === 1;
  }

  async isRevoked(ids: readonly string[]): Promise<boolean> {
    return (await this.#run(IS_REVOKED, ['revoked'], ids)) === 1;
  }

  async revocations(version = ''): Promise<Revocations | undefined> {
    const answer = await this.#run(REVOCATIONS, ['revoked', 'version'], [version]);
    const [found, texts] = answer as readonly [string, (readonly string[])?];
    if (texts === undefined) return undefined;
    const ids = new Map<string, number>();
    for (let at = 0; at + 1 < texts.length; at += 2) ids.set(texts[at] ?? '', Number(texts[at + 1]));
    return { version: found, ids };
  }

  async keepTicket(id: string, text: string, expiresAt: number): Promise<boolean> {
    const args = [id, text, String(Math.ceil(expiresAt)), String(this.#bounds.maxTickets)];
    return (await this.#run(KEEP_TICKET, ['tickets', 'expiries'], args)) === 1;
  }

  async takeTicket(id: string): Promise<string | undefined> {
    const text = await this.#run(TAKE_TICKET, ['tickets', 'expiries'], [id]);
    return typeof text === 'string' ? text : undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #run(script: Script, names: readonly string[], args: readonly string[]): Promise<unknown> {
    if (this.#isClosed) throw new SseError('closed', 'The store of authorisation has been closed');
    try {
      const session = await this.#link.session();
      const keys = names.map((name) => `${this.#setting.keys.auth}:${name}`);
      return await session.call(['EVAL', script.text, String(keys.length), ...keys, ...args]);
    } catch (error) {
      throw unavailable('Redis did not answer; try again later', error);
    }
  }
}
