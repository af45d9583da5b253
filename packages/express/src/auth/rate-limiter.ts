import { SseError } from '@sse/core';
import { type ClientRateLimitInfo, MemoryStore, type Options } from 'express-rate-limit';
import type { Authorize, Grant } from '../authorize.ts';
import type { TryStore } from './try-limiter.ts';

export interface RateLimiterOptions {
  /** Requests that one user may make in a window; after that they are refused with 429. */
  readonly maxRequests: number;
  /** Milliseconds of a window. @defaultValue 60 000 */
  readonly windowMs?: number | undefined;
  /**
   * Counts for several processes, such as a `RedisCounts` of @sse/redis that nothing else uses. While it does not answer
   * each counts for itself. @defaultValue none: each counts for itself
   */
  readonly store?: TryStore | undefined;
}

/** Users that are counted each for itself; beyond that, new ones share one count. */
const MAX_USERS = 10_000;

/**
 * Limits how many requests a user may make who is let in: put it before the `authorize` of a publisher. Users are told
 * apart by what `authorize` names them, of a token its `sub`; all whom it does not name share one count. Over the limit
 * the answer is 429 with `Retry-After`.
 *
 * @throws SseError `invalid-option` for a bound that is no positive integer.
 */
export function rateLimiter(options: RateLimiterOptions): (authorize: Authorize) => Authorize {
  const { maxRequests, windowMs = 60_000, store } = options;
  for (const [name, value] of Object.entries({ maxRequests, windowMs }))
    if (!Number.isSafeInteger(value) || value <= 0)
      throw new SseError(
        'invalid-option',
        `Expected \`${name}\` to be a positive integer, got \`${String(value)}\``,
      );
  const memory = new MemoryStore();
  memory.init({ windowMs } as Options);
  void begin(store, windowMs);

  function keyOf({ user }: Grant): string {
    if (user === undefined) return 'unnamed';
    const key = `user ${user}`;
    const isKnown = memory.current.has(key) || memory.previous.has(key);
    return isKnown || memory.current.size + memory.previous.size < MAX_USERS ? key : 'others';
  }

  async function count(key: string): Promise<ClientRateLimitInfo> {
    const here = await memory.increment(key);
    try {
      return (await store?.increment(key)) ?? here;
    } catch {
      // A limit must not be what keeps everybody out.
      return here;
    }
  }

  return (authorize) => async (request) => {
    const decision = await authorize(request);
    // What is neither grant nor refusal is for whoever asked.
    if (typeof decision !== 'object' || decision === null || decision.status !== undefined) return decision;
    const { totalHits, resetTime } = await count(keyOf(decision));
    if (totalHits <= maxRequests) return decision;
    const leftMs = Math.max((resetTime?.getTime() ?? Date.now() + windowMs) - Date.now(), 1);
    return {
      status: 429,
      detail: `Expected at most ${maxRequests} requests of one user in ${windowMs / 1_000} s; try again later`,
      headers: { 'Retry-After': String(Math.ceil(leftMs / 1_000)) },
    };
  };
}

async function begin(store: TryStore | undefined, windowMs: number): Promise<void> {
  try {
    await store?.init?.({ windowMs } as Options);
  } catch {
    // It will not count, either; then each process does.
  }
}
