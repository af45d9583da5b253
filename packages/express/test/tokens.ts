import { type CryptoKey, type JWTPayload, SignJWT } from 'jose';

/** 32 bytes, as HS256 needs at least. */
export const SECRET = 'a secret of the tests, 32 bytes.';

export interface TokenText {
  readonly key?: string | CryptoKey;
  readonly alg?: string;
  readonly kid?: string;
  /** Seconds since 1970, `null` for none. @defaultValue in a minute */
  readonly exp?: number | null;
}

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

/** A signed token with these claims. */
export function token(claims: JWTPayload, options: TokenText = {}): Promise<string> {
  const { key = SECRET, alg = 'HS256', kid, exp = inSeconds(60) } = options;
  const unsigned = new SignJWT(exp === null ? claims : { exp, ...claims });
  unsigned.setProtectedHeader(kid === undefined ? { alg } : { alg, kid });
  return unsigned.sign(typeof key === 'string' ? Buffer.from(key) : key);
}

/** A token whose signature is whatever its header wants it to be. */
export function forged(header: object, claims: object, signature = ''): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${signature}`;
}

/** What a token says that may do everything with the topics of orders. */
export const ORDERS: JWTPayload = {
  sub: 'ann',
  jti: 'token-1',
  sse: { subscribe: ['orders.**'], publish: ['orders.**'], admin: true },
};
