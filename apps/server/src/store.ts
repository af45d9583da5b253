import { join } from 'node:path';
import { type AuthStore, type Broadcaster, type EventLog, MemoryEventLog } from '@sse/core';
import { type Presence, presenceOf } from '@sse/express';
import { MemoryAuthStore, type TryStore } from '@sse/express/auth';
import type { Config } from './config.ts';
import type { ServerLog } from './logger.ts';

/** Who is connected to all that share a store. */
export interface SharedPresence extends Presence {
  /** Its clients are no longer counted. Before the store is closed. */
  close(): Promise<void>;
}

export interface Store {
  readonly log: EventLog;
  /** Opens what remembers revocations and tickets, for as long and for as many as the history. */
  readonly openAuthStore: () => Promise<AuthStore>;
  /** Counts tries of tokens for all who share the store, where that is possible. */
  readonly tries?: TryStore;
  /** The same of publishes. */
  readonly publishes?: TryStore;
  /** Only where other servers may share it. */
  readonly sharedPresence?: (broadcaster: Broadcaster) => SharedPresence;
}

/**
 * The event log that the configuration asks for. What a store needs is loaded only where it is used.
 *
 * Rejects where the database of `lmdb` is damaged, of another program or of a later version: it is left as it is. A Redis
 * that is not there is waited for.
 */
export async function openStore(config: Config, log: ServerLog): Promise<Store> {
  const { historySize: maxEntries, historyBytes: maxBytes, historyMaxAgeMs: maxAgeMs } = config;
  if (config.store === 'memory')
    return {
      log: new MemoryEventLog({ maxEntries, maxBytes, maxAgeMs }),
      openAuthStore: async () => new MemoryAuthStore(),
    };
  // Not by the log's own lines: they are published, and it may be the publishing that failed.
  const { quiet } = log;
  if (config.store === 'lmdb') {
    const { LmdbAuthStore, LmdbEventLog } = await import('@sse/lmdb');
    const events = new LmdbEventLog({
      path: join(config.dataDir, 'events.lmdb'),
      durability: config.durability,
      maxEntries,
      maxBytes,
      maxAgeMs,
      onDamagedEntry: ({ seq, reason }) => quiet.error({ seq, reason }, 'skipped a damaged entry'),
      onError: (error) => quiet.error({ err: error }, 'the history could not be pruned'),
    });
    return {
      log: events,
      openAuthStore: async () => new LmdbAuthStore({ path: join(config.dataDir, 'auth.lmdb') }),
    };
  }
  return openRedis(config, log);
}

async function openRedis(config: Config, { logger, quiet }: ServerLog): Promise<Store> {
  const [{ RedisAuthStore, RedisCounts, RedisEventLog, RedisPresence }, { createClient }] = await Promise.all(
    [import('@sse/redis'), import('redis')],
  );
  const events = new RedisEventLog({
    client: () => createClient({ url: config.redisUrl }),
    prefix: config.redisPrefix,
    maxEntries: config.historySize,
    maxAgeMs: config.historyMaxAgeMs,
    hooks: {
      onConnect: () => logger.info('connected to Redis'),
      onDisconnect: (error, retryInMs) => quiet.warn({ err: error, retry_in_ms: retryInMs }, 'Redis is away'),
      onPoison: (id, why) => quiet.error({ id, why }, 'skipped an entry that is not ours'),
      onLoss: (after, why) => quiet.error({ after, why }, 'Redis lost entries'),
    },
  });
  return {
    log: events,
    openAuthStore: async () => new RedisAuthStore({ log: events }),
    tries: new RedisCounts({ log: events }),
    publishes: new RedisCounts({ log: events, name: 'publishes' }),
    sharedPresence(broadcaster) {
      const all = new RedisPresence({ log: events, broadcaster });
      const here = presenceOf(broadcaster);
      // While Redis is away, it is only known who is here.
      return {
        page: (range) => all.page(range).catch(() => here.page(range)),
        count: () => all.count().catch(() => here.count()),
        disconnect: (id) => all.disconnect(id),
        close: () => all.close(),
      };
    },
  };
}
