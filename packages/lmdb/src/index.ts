export {
  LMDB_AUTH_STORE_DEFAULTS,
  LmdbAuthStore,
  type LmdbAuthStoreBounds,
  type LmdbAuthStoreOptions,
} from './lmdb-auth-store.ts';
export { LmdbEventLog } from './lmdb-event-log.ts';
export {
  type DamagedEntry,
  type Durability,
  LMDB_EVENT_LOG_DEFAULTS,
  type LmdbEventLogOptions,
} from './options.ts';
