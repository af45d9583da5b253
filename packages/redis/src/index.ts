export {
  REDIS_EVENT_LOG_DEFAULTS,
  type RedisEventLogOptions,
  type RedisLogBounds,
  type RedisLogHooks,
} from './options.ts';
export {
  REDIS_AUTH_STORE_DEFAULTS,
  RedisAuthStore,
  type RedisAuthStoreBounds,
  type RedisAuthStoreOptions,
} from './redis-auth-store.ts';
export type { RedisClient, RedisClientSource } from './redis-client.ts';
export { type RedisCount, RedisCounts, type RedisCountsOptions } from './redis-counts.ts';
export { RedisEventLog, type RedisLogMetrics } from './redis-event-log.ts';
export {
  REDIS_PRESENCE_DEFAULTS,
  RedisPresence,
  type RedisPresenceBounds,
  type RedisPresenceOptions,
} from './redis-presence.ts';
