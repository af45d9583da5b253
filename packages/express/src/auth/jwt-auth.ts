import { type AuthStore, type Environment, SseError, type Subscription, systemEnvironment } from '@sse/core';
import type { Request, RequestHandler } from 'express';
import { type Authorize, type Grant, granted, type Refusal } from '../authorize.ts';
import type { EndpointOptions } from '../endpoint.ts';
import { Refused, refused } from '../problem.ts';
import {
  bearerOf,
  type CookieOptions,
  cookieToken,
  isCookieName,
  refuseTokenInQuery,
} from './credentials.ts';
import { MemoryAuthStore } from './memory-auth-store.ts';
import { revocationsEndpoint } from './revocations.ts';
import { watchStreams } from './stream-watch.ts';
import { redeemTicket, type TicketRights, ticketsEndpoint } from './tickets.ts';
import { revocableIds, type TokenRights } from './token-rights.ts';
import { badToken, type TokenOptions, tokenVerifier } from './token-verifier.ts';
import { type TryLimiter, tryLimiter } from './try-limiter.ts';

export interface JwtAuthOptions extends TokenOptions {
  /** Remembers revocations and tickets, for all who share it. Not closed by this. @defaultValue a `MemoryAuthStore` */
  readonly store?: AuthStore | undefined;
  /** A cookie that carries the token, for streams only. @defaultValue none */
  readonly cookie?: CookieOptions | undefined;
  /** Limits wrong tokens by address. @defaultValue `tryLimiter()` */
  readonly limit?: TryLimiter | undefined;
  /** Milliseconds between two looks at what was revoked elsewhere. @defaultValue 1 000 */
  readonly lookMs?: number | undefined;
  /** Milliseconds that a revocation without `exp` holds: no token may be good for longer. @defaultValue 30 days */
  readonly revocationMs?: number | undefined;
  /** Told where the store or the keys can't be had. @defaultValue `console.error` */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly environment?: Environment | undefined;
}

/** What a token lets its holder do, as functions for the routes. */
export interface JwtAuth {
  /** For streams: by `sse.subscribe` of a token in `Authorization`, in the cookie, or behind `?ticket=`. */
  readonly subscribe: Authorize;
  /** For publishing: by `sse.publish`. */
  readonly publish: Authorize;
  /** For everything else that not everybody may do: by `sse.admin`. */
  readonly admin: Authorize;
  /** Of `POST /tickets`: see `ticketsEndpoint`. */
  tickets(options?: EndpointOptions): RequestHandler;
  /** Of `POST /revocations`: see `revocationsEndpoint`. Only for `admin`. */
  revocations(options?: EndpointOptions): RequestHandler;
  /** Looks after streams no more. */
  close(): void;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

interface Holder extends Grant {
  readonly rights: TokenRights;
}

/**
 * Authorisation by JWT: `exp` is required, the algorithms are fixed, and rights that are not named are not given.
 *
 * A stream ends when its token expires (`closing`, `expired`) or is revoked (`closing`, `revoked`): at once where it was
 * revoked, and within `lookMs` on every other process that shares the store. Where the store does not answer, nobody is
 * let in (503), and streams that are open stay.
 *
 * @throws SseError `invalid-option` for no key, a weak one, one that does not fit the algorithms, and bounds out of range.
 *
 * @example
 * ```ts
 * const auth = jwtAuth({ secret: process.env.JWT_SECRET, issuer: 'https://id.example.com' });
 * app.get('/stream', sse(broadcaster, { authorize: auth.subscribe }));
 * app.post('/tickets', auth.tickets());
 * app.post('/revocations', auth.revocations());
 * ```
 */
export function jwtAuth(options: JwtAuthOptions): JwtAuth {
  const { store = new MemoryAuthStore(), cookie, limit = tryLimiter(), onError = logError } = options;
  const { lookMs = 1_000, revocationMs = 30 * DAY_MS, environment = systemEnvironment } = options;
  for (const [name, value] of Object.entries({ lookMs, revocationMs }))
    if (!(value > 0)) throw new SseError('invalid-option', `Expected \`${name}\` to be a positive number`);
  if (cookie !== undefined && !isCookieName(cookie.name))
    throw new SseError('invalid-option', 'Expected `cookie.name` to be the name of a cookie');
  const verify = tokenVerifier(options, onError);
  const watch = watchStreams({ store, intervalMs: lookMs, environment, onError });

  async function checkRevoked(rights: Pick<TokenRights, 'user' | 'tokenId'>): Promise<void> {
    const isRevoked = await store.isRevoked(revocableIds(rights)).catch((error: unknown) => {
      onError(error);
      throw refused(503, 'What is revoked cannot be had; try again later');
    });
    if (isRevoked) throw badToken('a token that is not revoked');
  }

  async function verified(token: string): Promise<TokenRights> {
    const rights = await verify(token);
    await checkRevoked(rights);
    return rights;
  }

  async function bearer(request: Request): Promise<TokenRights> {
    refuseTokenInQuery(request);
    const token = bearerOf(request);
    if (token === undefined)
      throw refused(401, 'Expected `Authorization: Bearer <token>`', { 'WWW-Authenticate': 'Bearer' });
    return verified(token);
  }

  async function ticketed(request: Request): Promise<TicketRights | undefined> {
    const rights = await redeemTicket(store, request);
    if (rights === undefined) return undefined;
    // As much may have happened since it was given as to any token.
    await checkRevoked(rights);
    return rights;
  }

  async function streamRights(request: Request): Promise<TicketRights> {
    refuseTokenInQuery(request);
    if (bearerOf(request) !== undefined) return bearer(request);
    const found = await ticketed(request);
    if (found !== undefined) return found;
    const token = cookie === undefined ? undefined : cookieToken(request, cookie);
    return token === undefined ? bearer(request) : verified(token);
  }

  const subscribe = limit(
    answering(async (request) => {
      const rights = await streamRights(request);
      // What is let in a little late, as clocks differ, would be ended at once, and come back as soon.
      if (rights.expiresAt <= environment.now()) throw badToken('a token that has not expired');
      if (rights.subscribe.length === 0) throw refused(403, 'The token has no rights to subscribe');
      return {
        topics: rights.subscribe,
        user: rights.user,
        expiresAt: rights.expiresAt,
        onOpen: (stream: Subscription) => watch.add(stream, revocableIds(rights)),
      };
    }),
  );
  const holder = limit(
    answering<Holder>(async (request) => {
      const rights = await bearer(request);
      return { user: rights.user, expiresAt: rights.expiresAt, rights };
    }),
  );

  /** A grant for those whose token has a right. */
  function having(what: string, grant: (rights: TokenRights) => Grant | undefined): Authorize {
    return async (request) => {
      const decision = await holder(request);
      if (decision.status !== undefined) return decision;
      return grant(decision.rights) ?? { status: 403, detail: `The token has no rights to ${what}` };
    };
  }

  const admin = having('administer', (rights) => (rights.admin ? { user: rights.user } : undefined));

  return {
    subscribe,
    publish: having('publish', ({ publish, user }) =>
      publish.length > 0 ? { topics: publish, user } : undefined,
    ),
    admin,
    tickets(endpointOptions = {}) {
      const rightsOf = async (request: Request): Promise<TokenRights> =>
        ((await granted(holder, request)) as Holder).rights;
      return ticketsEndpoint(store, rightsOf, endpointOptions);
    },
    revocations: (endpointOptions = {}) =>
      revocationsEndpoint(store, {
        ...endpointOptions,
        authorize: admin,
        defaultMs: revocationMs,
        onRevoke: () => watch.look(),
      }),
    close: () => watch.close(),
  };
}

/** Makes an answer of what is thrown to refuse, so that it can be counted. */
function answering<Granted extends Grant>(
  decide: (request: Request) => Promise<Granted>,
): (request: Request) => Promise<Granted | Refusal> {
  return (request) =>
    decide(request).catch((error: unknown) => {
      if (error instanceof Refused) return error.problem as Refusal;
      throw error;
    });
}

function logError(error: unknown): void {
  console.error('@sse/express: authorisation failed:', error);
}
