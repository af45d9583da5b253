export {
  REDIS_EVENT_LOG_DEFAULTS,
  type RedisEventLogOptions,
  type RedisLogBounds,
  type RedisLogHooks,
} from './options.ts';
export type { RedisClient, RedisClientSource } from './redis-client.ts';
export { RedisEventLog, type RedisLogMetrics } from './redis-event-log.ts';
