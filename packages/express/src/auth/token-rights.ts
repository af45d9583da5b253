import { TopicFilter } from '@sse/core';
import type { JWTPayload } from 'jose';

/** What a token allows. */
export interface TokenRights {
  /** The claim `sub`: who it is. */
  readonly user?: string | undefined;
  /** The claim `jti`: the token's own name, by which it can be revoked. */
  readonly tokenId?: string | undefined;
  /** The claim `exp`, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Patterns of the claim `sse.subscribe`. Without the claim none. */
  readonly subscribe: readonly string[];
  /** Patterns of the claim `sse.publish`. Without the claim none. */
  readonly publish: readonly string[];
  /** The claim `sse.admin`: sees all clients, ends streams, revokes. */
  readonly admin: boolean;
}

/** A claim is not what it has to be; the message says which. */
export class BadClaim extends Error {
  override readonly name = 'BadClaim';
}

const NAME = /^[^\p{C}]{1,255}$/u;

/**
 * The rights in a token's claims, which are no one's but the issuer's; yet a mistake there must not grant anything.
 *
 * @throws BadClaim for a claim of another type, a malformed pattern, or more than 100 patterns.
 */
export function tokenRights({ sub, jti, exp, sse }: JWTPayload): TokenRights {
  // `1e400` is a number for JSON, and would be one that no clock can be compared with.
  if (exp === undefined || !Number.isSafeInteger(Math.round(exp * 1_000)))
    throw new BadClaim('Expected the claim `exp` to be a time in seconds since 1970');
  if (sse !== undefined && (typeof sse !== 'object' || sse === null || Array.isArray(sse)))
    throw new BadClaim('Expected the claim `sse` to be an object');
  const claims = new Map<string, unknown>(Object.entries(sse ?? {}));
  const admin = claims.get('admin') ?? false;
  if (typeof admin !== 'boolean') throw new BadClaim('Expected the claim `sse.admin` to be a boolean');
  return {
    user: name('sub', sub),
    tokenId: name('jti', jti),
    expiresAt: exp * 1_000,
    subscribe: patterns('subscribe', claims.get('subscribe')),
    publish: patterns('publish', claims.get('publish')),
    admin,
  };
}

/** Names under which a token can be revoked. */
export function revocableIds({ user, tokenId }: Pick<TokenRights, 'user' | 'tokenId'>): readonly string[] {
  return [
    ...(user === undefined ? [] : [`sub:${user}`]),
    ...(tokenId === undefined ? [] : [`jti:${tokenId}`]),
  ];
}

/** @throws BadClaim */
export function name(claim: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && NAME.test(value))) return value;
  throw new BadClaim(`Expected \`${claim}\` to be 1 to 255 characters, none of them a control character`);
}

function patterns(claim: string, value: unknown = []): readonly string[] {
  try {
    if (!Array.isArray(value)) throw new TypeError('no list');
    new TopicFilter(undefined, value as readonly string[]);
    return value as readonly string[];
  } catch {
    throw new BadClaim(`Expected the claim \`sse.${claim}\` to be a list of topic patterns`);
  }
}
