import type { Broadcaster, Client } from '@sse/core';
import type { Request, RequestHandler, Response } from 'express';
import { type Authorize, granted } from './authorize.ts';
import { type EndpointOptions, endpoint } from './endpoint.ts';
import { sendJson } from './json-answer.ts';
import { type Presence, presenceOf } from './presence.ts';
import { refused, shown } from './problem.ts';
import { parseQuery, type Query } from './query.ts';

export interface ClientsOptions extends EndpointOptions {
  /** Asked for each request; what it grants does not matter. @defaultValue everybody may look */
  readonly authorize?: Authorize | undefined;
  /** Who knows of all clients, where this broadcaster has only some of them. @defaultValue the broadcaster */
  readonly presence?: Presence | undefined;
}

/** Clients on a page. */
export const CLIENTS_PAGE: Readonly<{
  /** Where the request names no `limit`. */
  fallback: number;
  /** The greatest `limit`. */
  most: number;
}> = Object.freeze({ fallback: 100, most: 1_000 });

/**
 * Who is connected, the oldest first: `GET ?limit=&offset=`, with `limit` from 1 to 1,000 (100 where absent).
 *
 * `count` is how many there are in all. Where more follow, a `Link` with `rel="next"` leads there. Addresses, user agents
 * and users are left out: clients may look at one another.
 */
export function clients(
  broadcaster: Pick<Broadcaster, 'clients' | 'size' | 'disconnect'>,
  options: ClientsOptions = {},
): RequestHandler {
  const { authorize, presence = presenceOf(broadcaster) } = options;

  async function answer(request: Request, response: Response): Promise<void> {
    if (authorize !== undefined) await granted(authorize, request);
    const query = parseQuery(request.url, ['limit', 'offset']);
    const limit = parseInteger(query, 'limit', CLIENTS_PAGE.fallback, [1, CLIENTS_PAGE.most]);
    const offset = parseInteger(query, 'offset', 0, [0, Number.MAX_SAFE_INTEGER]);
    const { count, clients: page } = await presence.page({ limit, offset });
    const next = offset + limit;
    // Relative: a link built from `Host` would lead wherever the client says.
    const headers = next < count ? { Link: `<?limit=${limit}&offset=${next}>; rel="next"` } : {};
    sendJson(response, { status: 200, body: { count, clients: page.map(toJson) }, headers });
  }

  return endpoint(['GET', 'HEAD'], answer, options);
}

function toJson(client: Client): Record<string, unknown> {
  return {
    client_id: client.id,
    client_name: client.name,
    tags: client.tags,
    topics: client.topics,
    connected_at: new Date(client.connectedAt).toISOString(),
    events_received: client.eventsReceived,
    queue_size: client.queueSize,
  };
}

function parseInteger<Key extends string>(
  query: Query<Key>,
  key: Key,
  fallback: number,
  [min, max]: readonly [number, number],
): number {
  const text = query.get(key);
  if (text === undefined) return fallback;
  // `Number` alone would take an empty text, `0x10` and `1e3`.
  const value = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw refused(400, `Expected \`${key}\` to be an integer from ${min} to ${max}, got ${shown(text)}`);
}
