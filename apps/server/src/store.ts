import { join } from 'node:path';
import { type EventLog, MemoryEventLog } from '@sse/core';
import type { Config } from './config.ts';
import type { ServerLog } from './logger.ts';

/**
 * The event log that the configuration asks for. What a store needs is loaded only where it is used.
 *
 * Rejects where the database of `lmdb` is damaged, of another program or of a later version: it is left as it is. A Redis
 * that is not there is waited for.
 */
export async function openStore(config: Config, log: ServerLog): Promise<EventLog> {
  const { historySize: maxEntries, historyBytes: maxBytes, historyMaxAgeMs: maxAgeMs } = config;
  if (config.store === 'memory') return new MemoryEventLog({ maxEntries, maxBytes, maxAgeMs });
  // Not by the log's own lines: they are published, and it may be the publishing that failed.
  const { logger, quiet } = log;
  if (config.store === 'lmdb') {
    const { LmdbEventLog } = await import('@sse/lmdb');
    return new LmdbEventLog({
      path: join(config.dataDir, 'events.lmdb'),
      durability: config.durability,
      maxEntries,
      maxBytes,
      maxAgeMs,
      onDamagedEntry: ({ seq, reason }) => quiet.error({ seq, reason }, 'skipped a damaged entry'),
      onError: (error) => quiet.error({ err: error }, 'the history could not be pruned'),
    });
  }
  const [{ RedisEventLog }, { createClient }] = await Promise.all([import('@sse/redis'), import('redis')]);
  return new RedisEventLog({
    client: () => createClient({ url: config.redisUrl }),
    prefix: config.redisPrefix,
    maxEntries,
    maxAgeMs,
    hooks: {
      onConnect: () => logger.info('connected to Redis'),
      onDisconnect: (error, retryInMs) => quiet.warn({ err: error, retry_in_ms: retryInMs }, 'Redis is away'),
      onPoison: (id, why) => quiet.error({ id, why }, 'skipped an entry that is not ours'),
      onLoss: (after, why) => quiet.error({ after, why }, 'Redis lost entries'),
    },
  });
}
