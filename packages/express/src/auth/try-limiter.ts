import { SseError } from '@sse/core';
import type { Request } from 'express';
import {
  type ClientRateLimitInfo,
  ipKeyGenerator,
  MemoryStore,
  type Options,
  type Store,
} from 'express-rate-limit';
import type { Grant, Refusal } from '../authorize.ts';

/** How many wrong tokens and tickets an address may try. */
export interface TryBounds {
  /** Wrong ones in a window; after that the address is refused with 429. @defaultValue 60 */
  readonly maxTries: number;
  /** Milliseconds of a window. @defaultValue 60 000 */
  readonly windowMs: number;
}

export interface TryLimiterOptions extends Partial<TryBounds> {
  /**
   * Counts for several processes, such as `RedisCounts` of @sse/redis, so that the limit is one for all. While it does not
   * answer each counts for itself. @defaultValue none: each counts for itself
   */
  readonly store?: TryStore | undefined;
}

export const TRY_DEFAULTS: TryBounds = Object.freeze({ maxTries: 60, windowMs: 60_000 });

/** Addresses that are counted each for itself; beyond that, new ones share one count. */
export const MAX_TRY_ADDRESSES = 10_000;
/** What one household or server is given; a single address of it is free to choose. */
const IPV6_PREFIX = 64;
const OTHERS = 'others';

/** A store of `express-rate-limit`, as far as it is needed. */
export type TryStore = Pick<Store, 'get' | 'increment' | 'init'>;

/** Puts the limit before an `authorize`. All that one limiter is put before share its counts. */
export type TryLimiter = <Granted extends Grant>(
  authorize: (request: Request) => Granted | Refusal | Promise<Granted | Refusal>,
) => (request: Request) => Promise<Granted | Refusal>;

/**
 * Limits how often an address (of IPv6 a /64) may try tokens and tickets that turn out wrong: a request without any, and
 * one that is let in, count for nothing. Over the limit the answer is 429 with `Retry-After`, and no token is looked at.
 *
 * @throws SseError `invalid-option` for a bound that is no positive integer.
 */
export function tryLimiter(options: TryLimiterOptions = {}): TryLimiter {
  const { maxTries, windowMs } = checked(options);
  const memory = new MemoryStore();
  const { store } = options;
  memory.init({ windowMs } as Options);
  void shared(store?.init?.({ windowMs } as Options));

  function keyOf({ ip = '' }: Request): string {
    const key = ipKeyGenerator(ip, IPV6_PREFIX);
    const isKnown = memory.current.has(key) || memory.previous.has(key);
    return isKnown || memory.current.size + memory.previous.size < MAX_TRY_ADDRESSES ? key : OTHERS;
  }

  const countOf = async (key: string): Promise<ClientRateLimitInfo | undefined> =>
    (await shared(store?.get?.(key))) ?? memory.get(key);

  return (authorize) => async (request) => {
    const key = keyOf(request);
    const { totalHits = 0, resetTime } = (await countOf(key)) ?? {};
    const leftMs = (resetTime?.getTime() ?? Date.now() + windowMs) - Date.now();
    if (totalHits >= maxTries && leftMs > 0) return tooMany(leftMs);
    const decision = await authorize(request);
    if (isWrongToken(decision)) await Promise.all([memory.increment(key), shared(store?.increment(key))]);
    return decision;
  };
}

/** A limit must not be what keeps everybody out. */
async function shared<Answer>(answer: Answer | Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch {
    return undefined;
  }
}

/** A 401 that names an error had a token (RFC 6750, section 3.1); without one it only asks for one. */
function isWrongToken(decision: Grant | Refusal): boolean {
  if (decision?.status !== 401) return false;
  return decision.headers?.['WWW-Authenticate']?.includes('error=') === true;
}

function tooMany(leftMs: number): Refusal {
  const seconds = String(Math.ceil(leftMs / 1_000));
  return {
    status: 429,
    detail: 'Too many wrong tokens came from this address; try again later',
    headers: { 'Retry-After': seconds },
  };
}

function checked(options: TryLimiterOptions): TryBounds {
  const { maxTries = TRY_DEFAULTS.maxTries, windowMs = TRY_DEFAULTS.windowMs } = options;
  for (const [name, value] of Object.entries({ maxTries, windowMs }))
    if (!Number.isSafeInteger(value) || value <= 0)
      throw new SseError(
        'invalid-option',
        `Expected \`${name}\` to be a positive integer, got \`${String(value)}\``,
      );
  return { maxTries, windowMs };
}
