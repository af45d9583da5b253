import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import type { Problem } from './problem.ts';

/** Why someone may not, answered as a problem. */
export interface Refusal extends Omit<Problem, 'detail'> {
  readonly detail?: string | undefined;
}

/** What someone may do. */
export interface Grant {
  /** Patterns of the topics that it may see, or publish to. Absent: all. Empty: none. */
  readonly topics?: readonly string[] | undefined;
  /** Who it is; kept with the client, never shown to others. */
  readonly user?: string | undefined;
  /** When these rights end, milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
}

/** Decides what a request may do. What it throws goes to Express' error handling. */
export type Authorize = (request: Request) => Grant | Refusal | Promise<Grant | Refusal>;

export function isRefusal(decision: Grant | Refusal): decision is Refusal {
  return 'status' in decision;
}

/** A refusal as the problem that is sent. */
export function toRefusalProblem({ detail = 'This request is not authorised.', ...rest }: Refusal): Problem {
  return { detail, ...rest };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Lets in whoever has one shared secret, sent as `Authorization: Bearer …` (RFC 6750). Others get 401. Compares in
 * constant time, and never shows either side.
 *
 * @throws TypeError for an empty token.
 */
export function bearerToken(token: string): Authorize {
  if (token === '') throw new TypeError('Expected `token` to be a non-empty string');
  const wanted = digest(token);
  return (request): Grant | Refusal => {
    const sent = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (sent !== undefined && timingSafeEqual(digest(sent), wanted)) return {};
    const challenge = sent === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
    const detail =
      sent === undefined
        ? 'Expected an Authorization header with a bearer token.'
        : 'The bearer token is not valid.';
    return { status: 401, detail, headers: { 'WWW-Authenticate': challenge } };
  };
}
