export type { CookieOptions } from './auth/credentials.ts';
export { type JwtAuth, type JwtAuthOptions, jwtAuth } from './auth/jwt-auth.ts';
export {
  MEMORY_AUTH_STORE_DEFAULTS,
  MemoryAuthStore,
  type MemoryAuthStoreBounds,
  type MemoryAuthStoreOptions,
} from './auth/memory-auth-store.ts';
export { type RateLimiterOptions, rateLimiter } from './auth/rate-limiter.ts';
export { REMOTE_KEYS } from './auth/remote-keys.ts';
export { TICKET_SECONDS } from './auth/tickets.ts';
export type { TokenKeyOptions } from './auth/token-key.ts';
export {
  checkTokenOptions,
  TOKEN_DEFAULTS,
  type TokenBounds,
  type TokenOptions,
} from './auth/token-verifier.ts';
export {
  MAX_TRY_ADDRESSES,
  TRY_DEFAULTS,
  type TryBounds,
  type TryLimiter,
  type TryLimiterOptions,
  type TryStore,
  tryLimiter,
} from './auth/try-limiter.ts';
