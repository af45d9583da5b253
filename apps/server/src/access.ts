import type { AuthStore } from '@sse/core';
import { type Authorize, allowedHosts, bearerToken } from '@sse/express';
import { type JwtAuth, jwtAuth, rateLimiter, type TryStore, tryLimiter } from '@sse/express/auth';
import { type RequestHandler, Router } from 'express';
import type { Config } from './config.ts';
import type { ServerLog } from './logger.ts';

/** A JWT begins with the base64url of `{"`, and has two dots. */
const JWT_HEADER = /^bearer +eyJ[\w-]*\.[\w-]*\.[\w-]* *$/i;

/** Who may do what, as functions for the routes. */
export interface Access {
  /** Who may see which events; `undefined`: everybody everything that is not private. */
  readonly subscribe: Authorize | undefined;
  readonly publish: Authorize;
  /** Who may see who is connected, and the metrics; `undefined`: everybody. */
  readonly observe: Authorize | undefined;
  /** Who may end streams. */
  readonly admin: Authorize;
  /** `/tickets` and `/revocations`, where tokens are configured. */
  readonly routes: Router;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly features: readonly string[];
  close(): Promise<void>;
}

export interface AccessOptions {
  readonly config: Config;
  readonly log: ServerLog;
  /** Whoever has this may publish anything. Absent: only tokens say so. */
  readonly publishToken: string | undefined;
  /** Counts tries of tokens for several servers. */
  readonly tries: TryStore | undefined;
  /** The same of publishes. */
  readonly publishes: TryStore | undefined;
  /** Opens what remembers revocations and tickets; called only where tokens are configured. */
  readonly openStore: () => Promise<AuthStore>;
}

/**
 * Without a key, reading is open, and the token for publishing opens the rest. With one, a token says what its holder may
 * do; the token for publishing, where one is set, publishes beside it and does nothing else.
 */
export async function createAccess(options: AccessOptions): Promise<Access> {
  const { config, log, publishToken, tries, publishes, openStore } = options;
  const { maxPublishes: maxRequests } = config;
  const atRate =
    maxRequests === 0 ? (given: Authorize) => given : rateLimiter({ maxRequests, store: publishes });
  const limit = tryLimiter({ maxTries: config.maxAuthTries, store: tries });
  const byToken = publishToken === undefined ? undefined : limit(bearerToken(publishToken));
  const { auth: authConfig, corsOrigin } = config;
  if (authConfig === undefined) {
    const token = byToken ?? nobody;
    return {
      subscribe: undefined,
      publish: atRate(token),
      observe: undefined,
      admin: token,
      routes: Router(),
      endpoints: {},
      features: [],
      close: async () => undefined,
    };
  }
  const store = await openStore();
  const auth = jwtAuth({
    ...authConfig.tokens,
    store,
    limit,
    cookie:
      authConfig.cookie === undefined
        ? undefined
        : { name: authConfig.cookie, origins: corsOrigin === '*' ? [] : corsOrigin },
    onError: (error) => log.quiet.error({ err: error }, 'authorisation failed'),
  });
  return {
    subscribe: auth.subscribe,
    publish: atRate(byToken === undefined ? auth.publish : byKind(byToken, auth.publish)),
    observe: auth.admin,
    admin: auth.admin,
    routes: authRoutes(auth),
    endpoints: { tickets: '/tickets', revocations: '/revocations' },
    features: ['authorization'],
    async close() {
      auth.close();
      await store.close();
    },
  };
}

/**
 * Keeps pages of strangers away that give their own name this machine's address: a server on the loopback trusts whoever
 * reaches it. Where names are listed, also on any other address.
 */
export function hostCheck(
  config: Pick<Config, 'host' | 'allowedHosts' | 'corsOrigin'>,
): RequestHandler | undefined {
  const { host, allowedHosts: hosts, corsOrigin } = config;
  if (!isLoopback(host) && hosts.length === 0) return undefined;
  return allowedHosts({ hosts, origins: corsOrigin === '*' ? [] : corsOrigin });
}

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i.test(host);
}

function authRoutes(auth: JwtAuth): Router {
  const routes = Router();
  routes.all('/tickets', auth.tickets());
  routes.all('/revocations', auth.revocations());
  return routes;
}

/** Each token goes to who may know it, so that a wrong one counts once. */
function byKind(opaque: Authorize, jwt: Authorize): Authorize {
  return (request) => (JWT_HEADER.test(request.get('Authorization') ?? '') ? jwt(request) : opaque(request));
}

const nobody: Authorize = () => ({ status: 403, detail: 'Nobody may do this here' });
