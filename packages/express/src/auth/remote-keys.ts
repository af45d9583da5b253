import { SseError } from '@sse/core';
import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';

/** How the set of keys at a URL is kept and asked for. */
export const REMOTE_KEYS: Readonly<{
  /** Milliseconds that the set is used without being asked for again. */
  maxAgeMs: number;
  /** Milliseconds in which unknown `kid`s make it be asked for once. */
  cooldownMs: number;
  /** Milliseconds for an answer. */
  timeoutMs: number;
  /** Bytes of an answer. */
  maxBytes: number;
}> = Object.freeze({ maxAgeMs: 600_000, cooldownMs: 30_000, timeoutMs: 5_000, maxBytes: 256 * 1024 });

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The keys of a JWKS URL, bounded in all that the other side could make large.
 *
 * @throws SseError `invalid-option` for what is no `https:` URL; `http:` is for the loopback.
 */
export function remoteKeys(text: string): JWTVerifyGetKey {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (url === undefined || !isSafe)
    throw new SseError(
      'invalid-option',
      'Expected `jwksUrl` to be an https URL, or an http one of the loopback, got another',
    );
  return createRemoteJWKSet(url, {
    cacheMaxAge: REMOTE_KEYS.maxAgeMs,
    cooldownDuration: REMOTE_KEYS.cooldownMs,
    timeoutDuration: REMOTE_KEYS.timeoutMs,
    [customFetch]: fetchBounded,
  });
}

const fetchBounded: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += (part as Uint8Array).length;
    if (length > REMOTE_KEYS.maxBytes)
      throw new Error(`The keys are more than ${REMOTE_KEYS.maxBytes} bytes`);
    parts.push(part as Uint8Array);
  }
  return new Response(Buffer.concat(parts), { status: response.status, headers: response.headers });
};
