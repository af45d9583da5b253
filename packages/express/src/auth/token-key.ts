import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SseError } from '@sse/core';
import type { JWTVerifyGetKey } from 'jose';
import { remoteKeys } from './remote-keys.ts';

/** Where the key comes from that tokens are checked with: exactly one of these. */
export interface TokenKeyOptions {
  /** For HS256, HS384, HS512: at least 32, 48 or 64 bytes that nobody can guess. */
  readonly secret?: string | Uint8Array | undefined;
  /** A public key, as PEM or JWK. */
  readonly publicKey?: string | JsonWebKey | undefined;
  /** A set of public keys (JWKS). Kept for 10 minutes; asked anew for an unknown `kid`, at most every 30 seconds. */
  readonly jwksUrl?: string | undefined;
  /**
   * What tokens may be signed with; what a token says of itself chooses only among these. None of HS* beside a public
   * key. @defaultValue `HS256` for a secret, what fits a public key, `RS256`, `ES256` and `EdDSA` for `jwksUrl`
   */
  readonly algorithms?: readonly string[] | undefined;
}

/** What verifies, and by which algorithms. */
export interface TokenKey {
  readonly key: KeyObject | JWTVerifyGetKey;
  readonly algorithms: readonly string[];
}

const MIN_RSA_BITS = 2_048;
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const EDWARDS = ['EdDSA', 'Ed25519'];
const CURVES: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
]);
const HASH_BYTES: ReadonlyMap<string, number> = new Map([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
]);
const REMOTE = [...RSA, ...CURVES.values(), ...EDWARDS];

/** @throws SseError `invalid-option` for no or several sources, a weak key, and an algorithm that does not fit. */
export function tokenKey(options: TokenKeyOptions): TokenKey {
  const { secret, publicKey, jwksUrl } = options;
  const given = [secret, publicKey, jwksUrl].filter((source) => source !== undefined);
  if (given.length !== 1)
    throw invalid('exactly one of `secret`, `publicKey` and `jwksUrl`', `${given.length} of them`);
  if (secret !== undefined) return secretKey(secret, options.algorithms);
  if (jwksUrl !== undefined)
    return {
      key: remoteKeys(jwksUrl),
      algorithms: chosen(options.algorithms, REMOTE, ['RS256', 'ES256', 'EdDSA']),
    };
  return toPublicKey(publicKey as string | JsonWebKey, options.algorithms);
}

function secretKey(secret: string | Uint8Array, algorithms: TokenKeyOptions['algorithms']): TokenKey {
  const bytes = Buffer.from(secret);
  // A public key is known to everybody: whoever has it could sign.
  if (/-----BEGIN|"kty"/.test(bytes.toString('latin1')))
    throw invalid('`secret` to be a secret, not a key as PEM or JWK', 'a key');
  const names = chosen(algorithms, [...HASH_BYTES.keys()], ['HS256']);
  const least = Math.max(...names.map((name) => HASH_BYTES.get(name) ?? 0));
  if (bytes.length < least)
    throw invalid(`\`secret\` to be at least ${least} bytes for ${names.join(', ')}`, `${bytes.length}`);
  return { key: createSecretKey(bytes), algorithms: names };
}

function toPublicKey(source: string | JsonWebKey, algorithms: TokenKeyOptions['algorithms']): TokenKey {
  const isPrivate =
    typeof source === 'string' ? source.includes('PRIVATE KEY') : 'd' in source || 'k' in source;
  // It would work, and lie where it need not.
  if (isPrivate) throw invalid('`publicKey` to be a public key', 'a private or secret one');
  let key: KeyObject;
  try {
    key =
      typeof source === 'string' ? createPublicKey(source) : createPublicKey({ key: source, format: 'jwk' });
  } catch {
    throw invalid('`publicKey` to be a public key as PEM or JWK', 'what is none');
  }
  const fitting = fittingAlgorithms(key);
  return { key, algorithms: chosen(algorithms, fitting, fitting === RSA ? ['RS256'] : fitting) };
}

function fittingAlgorithms(key: KeyObject): readonly string[] {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const curve = CURVES.get(namedCurve);
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return RSA;
  if (key.asymmetricKeyType === 'ec' && curve !== undefined) return [curve];
  if (key.asymmetricKeyType === 'ed25519') return EDWARDS;
  const found = `${key.asymmetricKeyType} ${namedCurve || modulusLength || ''}`.trim();
  throw invalid(
    `\`publicKey\` to be RSA of at least ${MIN_RSA_BITS} bits, P-256, P-384, P-521 or Ed25519`,
    found,
  );
}

function chosen(
  algorithms: readonly string[] | undefined,
  fitting: readonly string[],
  fallback: readonly string[],
): readonly string[] {
  const names = algorithms ?? fallback;
  const wrong = names.find((name) => !fitting.includes(name));
  if (names.length > 0 && wrong === undefined) return names;
  throw invalid(`\`algorithms\` to be some of ${fitting.join(', ')}`, wrong ?? 'none');
}

function invalid(expected: string, found: string): SseError {
  return new SseError('invalid-option', `Expected ${expected}, got ${found}`);
}
