import { createHash, timingSafeEqual } from 'node:crypto';
import { SseError } from '@sse/core';
import type { Authorize, Refusal } from './authorize.ts';
import { headerText, singleHeader } from './headers.ts';

/**
 * An `authorize` for whoever knows one secret, sent as `Authorization: Bearer <token>`.
 *
 * Without it, or with another, the answer is 401 with `WWW-Authenticate: Bearer`. The time that it takes tells nothing
 * about the token, and no answer contains what was sent.
 *
 * @throws SseError `invalid-option` for an empty token, which everybody would know.
 */
export function bearerToken(token: string): Authorize {
  if (typeof token !== 'string' || token === '')
    throw new SseError('invalid-option', 'Expected `token` to be a non-empty string');
  const expected = digest(token);
  return (request) => {
    const [scheme, sent] = splitOnce(headerText(singleHeader(request, 'Authorization') ?? ''));
    if (scheme.toLowerCase() !== 'bearer' || sent === '')
      return refusal('Expected `Authorization: Bearer <token>`', 'Bearer');
    // Digests have one length, so not even that of the token shows.
    if (!timingSafeEqual(digest(sent), expected))
      return refusal('Expected another bearer token', 'Bearer error="invalid_token"');
    return {};
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function splitOnce(value: string): [scheme: string, rest: string] {
  const space = value.indexOf(' ');
  return space < 0 ? [value, ''] : [value.slice(0, space), value.slice(space + 1).trim()];
}

function refusal(detail: string, challenge: string): Refusal {
  return { status: 401, detail, headers: { 'WWW-Authenticate': challenge } };
}
