import { SseError } from '@sse/core';
import { type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import { type Refused, refused } from '../problem.ts';
import { type TokenKeyOptions, tokenKey } from './token-key.ts';
import { BadClaim, type TokenRights, tokenRights } from './token-rights.ts';

/** Bounds of tokens. */
export interface TokenBounds {
  /** Milliseconds that the clocks of issuer and server may differ. @defaultValue 5 000 */
  readonly clockToleranceMs: number;
  /** Bytes of a token; longer ones are refused unread. @defaultValue 8 192 */
  readonly maxTokenBytes: number;
}

export interface TokenOptions extends TokenKeyOptions, Partial<TokenBounds> {
  /** The claim `iss` has to be this, or one of these. @defaultValue not looked at */
  readonly issuer?: string | readonly string[] | undefined;
  /** The claim `aud` has to name this, or one of these. @defaultValue not looked at */
  readonly audience?: string | readonly string[] | undefined;
}

export const TOKEN_DEFAULTS: TokenBounds = Object.freeze({ clockToleranceMs: 5_000, maxTokenBytes: 8_192 });

/** Token text to rights. Throws `Refused`: 401 for a token that is not good, 503 where its keys can't be had. */
export type VerifyToken = (token: string) => Promise<TokenRights>;

/** Codes of jose that say something of the token. All others are about us: keys that can't be had. */
const OF_THE_TOKEN: ReadonlySet<unknown> = new Set([
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWT_EXPIRED',
  'ERR_JWT_INVALID',
]);

/** @throws SseError `invalid-option`. */
export function tokenVerifier(options: TokenOptions, onError: (error: unknown) => void): VerifyToken {
  const { clockToleranceMs, maxTokenBytes } = bounds(options);
  const { key, algorithms } = tokenKey(options);
  const verifyOptions: JWTVerifyOptions = {
    algorithms: [...algorithms],
    requiredClaims: ['exp'],
    clockTolerance: clockToleranceMs / 1_000,
    ...(options.issuer !== undefined && { issuer: [options.issuer].flat() }),
    ...(options.audience !== undefined && { audience: [options.audience].flat() }),
  };
  return async (token) => {
    if (token.length > maxTokenBytes) throw badToken(`a token of at most ${maxTokenBytes} bytes`);
    try {
      const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, verifyOptions);
      return tokenRights(payload);
    } catch (error) {
      const problem = problemOfToken(error);
      if (problem !== undefined) throw problem;
      onError(error);
      throw refused(503, 'The keys that tokens are checked with cannot be had; try again later');
    }
  };
}

/**
 * Checks options as `jwtAuth` does, before anything is started.
 *
 * @throws SseError `invalid-option`.
 */
export function checkTokenOptions(options: TokenOptions): void {
  bounds(options);
  tokenKey(options);
}

/** A 401 that says that there was a token, and what one is expected (RFC 6750). */
export function badToken(expected: string): Refused {
  return refused(401, `Expected ${expected}`, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
}

function problemOfToken(error: unknown): Refused | undefined {
  if (error instanceof BadClaim) return badToken(error.message.replace(/^Expected /, ''));
  const { code, claim } = error as { readonly code?: unknown; readonly claim?: unknown };
  if (!OF_THE_TOKEN.has(code)) return undefined;
  if (code === 'ERR_JWT_EXPIRED') return badToken('a token that has not expired');
  // Only of a token whose signature is right.
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED' && typeof claim === 'string')
    return badToken(`another \`${claim}\` in the token`);
  return badToken('a token that this server trusts');
}

function bounds(options: TokenOptions): TokenBounds {
  const found = { ...TOKEN_DEFAULTS };
  for (const name of Object.keys(TOKEN_DEFAULTS) as (keyof TokenBounds)[]) {
    const value: unknown = options[name] ?? found[name];
    const least = name === 'clockToleranceMs' ? 0 : 1;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
      throw new SseError(
        'invalid-option',
        `Expected \`${name}\` to be an integer of at least ${least}, got \`${String(value)}\``,
      );
    Object.assign(found, { [name]: value });
  }
  return found;
}
