import type { AuthStore } from '@sse/core';
import type { Request, RequestHandler, Response } from 'express';
import { type Authorize, granted } from '../authorize.ts';
import { type EndpointOptions, endpoint } from '../endpoint.ts';
import { refused } from '../problem.ts';
import { dropBody } from '../read-body.ts';
import { readJsonObject } from './json-body.ts';
import { BadClaim, name, revocableIds } from './token-rights.ts';

export interface RevocationsOptions extends EndpointOptions {
  readonly authorize: Authorize;
  /** How long a revocation holds where the request names no `exp`. */
  readonly defaultMs: number;
  /** Called once the store has it. */
  readonly onRevoke: () => Promise<void>;
}

/**
 * Revokes: `POST`, with a JSON body `{"sub":"ann"}` or `{"jti":"…"}`, and optionally `exp`, the last second (since 1970) at
 * which a token that is meant could still be good.
 *
 * Answers 204 once it is kept: from then on the tokens and tickets that are meant are refused, and streams of this process
 * have been ended. 503 where as many are revoked as may be.
 */
export function revocationsEndpoint(
  store: Pick<AuthStore, 'revoke'>,
  options: RevocationsOptions,
): RequestHandler {
  const { authorize, defaultMs, onRevoke } = options;

  async function revoke(request: Request, response: Response): Promise<void> {
    await granted(authorize, request);
    const body = await readJsonObject(request);
    if (body === undefined) return;
    const ids = parseIds(body);
    const expiresAt = parseExpiry(body.get('exp'), defaultMs);
    for (const id of ids)
      if (!(await store.revoke(id, expiresAt)))
        throw refused(503, 'As many are revoked as may be; try again when some have expired');
    await onRevoke();
    response.status(204).set('Cache-Control', 'no-store').end();
  }

  async function answer(request: Request, response: Response): Promise<void> {
    try {
      await revoke(request, response);
    } finally {
      dropBody(request);
    }
  }

  return endpoint(['POST'], answer, options);
}

function parseIds(body: ReadonlyMap<string, unknown>): readonly string[] {
  try {
    const ids = revocableIds({ user: name('sub', body.get('sub')), tokenId: name('jti', body.get('jti')) });
    if (ids.length > 0) return ids;
  } catch (error) {
    if (error instanceof BadClaim) throw refused(400, error.message);
    throw error;
  }
  throw refused(400, 'Expected `sub` or `jti`, of whom to revoke');
}

function parseExpiry(exp: unknown, defaultMs: number): number {
  if (exp === undefined) return Date.now() + defaultMs;
  if (typeof exp === 'number' && Number.isSafeInteger(exp) && exp > 0 && exp < 1e11) return exp * 1_000;
  throw refused(400, 'Expected `exp` to be a time in seconds since 1970');
}
