import { createHash, randomBytes } from 'node:crypto';
import { type AuthStore, TopicFilter } from '@sse/core';
import type { Request, RequestHandler, Response } from 'express';
import { type EndpointOptions, endpoint } from '../endpoint.ts';
import { sendJson } from '../json-answer.ts';
import { refused } from '../problem.ts';
import { parseQuery } from '../query.ts';
import { dropBody } from '../read-body.ts';
import { covers } from './covers.ts';
import { readJsonObject } from './json-body.ts';
import type { TokenRights } from './token-rights.ts';
import { badToken } from './token-verifier.ts';

/** Seconds in which a ticket has to be redeemed. */
export const TICKET_SECONDS = 60;

/** What a ticket carries of the token that it was given for. */
export type TicketRights = Pick<TokenRights, 'user' | 'tokenId' | 'expiresAt' | 'subscribe'>;

const TICKET = /^[A-Za-z0-9_-]{43}$/;

/**
 * Gives tickets: `POST`, with a JSON body `{"topics":["orders.eu.*"]}`, or none for all that the token may see. Answers
 * `{"ticket":"…","expires_in":60}`; 403 for topics beyond the rights, 503 where too many tickets wait.
 */
export function ticketsEndpoint(
  store: Pick<AuthStore, 'keepTicket'>,
  rightsOf: (request: Request) => Promise<TokenRights>,
  options: EndpointOptions,
): RequestHandler {
  async function give(request: Request, response: Response): Promise<void> {
    const rights = await rightsOf(request);
    const body = await readJsonObject(request);
    if (body === undefined) return;
    const { user, tokenId, expiresAt } = rights;
    const carried: TicketRights = {
      user,
      tokenId,
      expiresAt,
      subscribe: askedTopics(body.get('topics'), rights),
    };
    const seconds = Math.min(TICKET_SECONDS, Math.max(1, Math.floor((expiresAt - Date.now()) / 1_000)));
    const ticket = randomBytes(32).toString('base64url');
    if (!(await store.keepTicket(hash(ticket), JSON.stringify(carried), Date.now() + seconds * 1_000)))
      throw refused(503, 'Too many tickets wait to be redeemed; try again later');
    sendJson(response, { status: 200, body: { ticket, expires_in: seconds } });
  }

  async function answer(request: Request, response: Response): Promise<void> {
    try {
      await give(request, response);
    } finally {
      dropBody(request);
    }
  }

  return endpoint(['POST'], answer, options);
}

/**
 * What the ticket in the query is good for, once; `undefined` without one. Throws `Refused` with 401 for one that is unknown,
 * used or late. Whether its token has expired or been revoked since is for the caller to see.
 */
export async function redeemTicket(
  store: Pick<AuthStore, 'takeTicket'>,
  request: Request,
): Promise<TicketRights | undefined> {
  const ticket = parseQuery(request.url, ['ticket']).get('ticket');
  if (ticket === undefined) return undefined;
  const text = TICKET.test(ticket) ? await store.takeTicket(hash(ticket)) : undefined;
  if (text === undefined) throw badToken('a ticket that is not used yet, and not older than a minute');
  return JSON.parse(text) as TicketRights;
}

/** Kept like a password: whoever reads the store can't redeem what is in it. */
function hash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}

function askedTopics(topics: unknown, { subscribe }: TokenRights): readonly string[] {
  if (topics === undefined) return subscribe;
  const { patterns } = new TopicFilter(topics as readonly string[]);
  const beyond = patterns.find((asked) => !subscribe.some((allowed) => covers(allowed, asked)));
  if (beyond !== undefined)
    throw refused(403, `Subscribing to \`${beyond}\` is not within the token's rights`);
  return patterns;
}
