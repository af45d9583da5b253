import type { Broadcaster, Client, TopicMap } from '@sse/core';
import type { RequestHandler } from 'express';
import { type Authorize, isRefusal, toRefusalProblem } from './authorization.ts';
import { allowOnly, sendProblem } from './problem.ts';
import { readInteger, readQuery } from './query.ts';

export interface ClientsOptions {
  /** Decides who may see the list. @defaultValue everyone */
  readonly authorize?: Authorize | undefined;
}

/** Clients on a page: how many if not asked for, and at most. */
export const CLIENTS_PAGE: Readonly<{ fallback: number; most: number }> = Object.freeze({
  fallback: 100,
  most: 1_000,
});

/**
 * Who is connected, the oldest first: `{"count": 2, "clients": […]}`, where `count` is that of all. `limit` and `offset`
 * choose a page; a `Link` header names the next. Addresses, user agents and users stay with the server.
 */
export function clients<Topics extends TopicMap>(
  broadcaster: Broadcaster<Topics>,
  { authorize }: ClientsOptions = {},
): RequestHandler {
  return async (request, response, next) => {
    try {
      allowOnly(request.method, 'GET', 'HEAD');
      const grant = (await authorize?.(request)) ?? {};
      if (isRefusal(grant)) return sendProblem(response, toRefusalProblem(grant));
      const query = readQuery(request.url, ['limit', 'offset']);
      const limit = readInteger('limit', query.limit, CLIENTS_PAGE.fallback, 1, CLIENTS_PAGE.most);
      const offset = readInteger('offset', query.offset, 0, 0, Number.MAX_SAFE_INTEGER);
      const count = broadcaster.size;
      if (offset + limit < count) {
        const path = request.originalUrl.split('?', 1)[0] ?? '';
        response.set('Link', `<${path}?limit=${limit}&offset=${offset + limit}>; rel="next"`);
      }
      response.set('Cache-Control', 'no-store');
      response.json({ count, clients: broadcaster.clients({ offset, limit }).map(toJson) });
    } catch (error) {
      next(error);
    }
  };
}

function toJson(client: Client): object {
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
