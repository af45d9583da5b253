import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';

/** The header that carries a request's id, both ways. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

/** What is safe in a header, a log line and a page; anything else is replaced. */
const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives each request an id: the `X-Request-Id` that it came with, where that is 1 to 64 of `A-Z a-z 0-9 . _ -`, and a new
 * one otherwise. It is sent back in the same header, and stands in the problems behind it as `request_id`.
 *
 * Put it first. Whoever sends requests can choose their ids, and repeat them: they are for finding things, not for trust.
 */
export function requestId(): RequestHandler {
  return (request, response, next) => {
    const sent = request.get(REQUEST_ID_HEADER) ?? '';
    response.setHeader(REQUEST_ID_HEADER, WELL_FORMED.test(sent) ? sent : randomUUID());
    next();
  };
}

/** The id of the request that a response belongs to; `undefined` where `requestId` did not stand in front. */
export function requestIdOf(response: Pick<ServerResponse, 'getHeader'>): string | undefined {
  const id = response.getHeader(REQUEST_ID_HEADER);
  return typeof id === 'string' ? id : undefined;
}
