import { type Broadcaster, type QueueBounds, type SubscribeRequest, TopicFilter } from '@sse/core';
import { endWithStreamHead, nodeSink } from '@sse/core/node';
import type { Request, RequestHandler, Response } from 'express';
import { type Authorize, type Grant, granted } from './authorize.ts';
import { connectionOf, type EndpointOptions, endpoint, isGone } from './endpoint.ts';
import { headerText } from './headers.ts';
import { sendStreamProblem } from './later.ts';
import { refused } from './problem.ts';
import { parseQuery } from './query.ts';
import { type StreamLimits, StreamPlaces } from './stream-places.ts';

export interface StreamOptions extends Partial<QueueBounds>, Partial<StreamLimits>, EndpointOptions {
  /** Asked once for each stream, before anything is opened. @defaultValue everyone may see everything */
  readonly authorize?: Authorize | undefined;
  /** Sent beside the stream's own headers; those of the stream win. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The stream: `GET ?topics=&client_name=&tags=&last_event_id=`, with `Last-Event-ID` as a header or in the query.
 *
 * The head leaves only once the subscription is certain, so whatever is wrong is answered with a problem: 400 for a
 * malformed query, 406 where the client accepts no event stream, 429 with `Retry-After` beyond `maxPerAddress` and
 * `maxPerUser`, 503 with `Retry-After` where the log is down, all places are taken or the server is closing. In place of 429
 * and 503 a browser's own `EventSource`, which would never come back, gets a stream with a `retry` that ends. A malformed
 * cursor is no error: the stream begins with a `gap`.
 *
 * `HEAD` is answered with the head alone. A request that is pipelined behind another one cuts their connection: nothing
 * could ever be answered behind a stream.
 *
 * @throws SseError `invalid-option` for a limit that is no whole number from 0 on.
 *
 * @example
 * ```ts
 * app.get('/events', sse(broadcaster, { authorize: () => ({ topics: ['public.**'] }) }));
 * ```
 */
export function sse(
  broadcaster: Pick<Broadcaster, 'subscribe'>,
  options: StreamOptions = {},
): RequestHandler {
  const { authorize, headers = {}, onRefuse, maxPerAddress, maxPerUser, ...queue } = options;
  const places = new StreamPlaces({ maxPerAddress, maxPerUser });

  async function answer(request: Request, response: Response): Promise<void> {
    if (connectionOf(response) === null) return void request.socket.destroy();
    // A body that nobody reads would keep Node from reading on, and from seeing that the client has left.
    request.resume();
    const asked = parseStreamRequest(request);
    const grant: Grant = authorize === undefined ? {} : await granted(authorize, request);
    if (isGone(response)) return;
    const leave = places.take(request, grant.user);
    try {
      const stream = await broadcaster.subscribe({
        ...queue,
        ...asked,
        allowedTopics: grant.topics,
        expiresAt: grant.expiresAt,
        client: { ...asked.client, user: grant.user },
        open() {
          if (isGone(response)) throw LEFT;
          if (request.method === 'HEAD') throw HEAD_ONLY;
          return nodeSink(response, { headers });
        },
      });
      if (leave !== undefined) void stream.over.then(leave);
      grant.onOpen?.(stream);
    } catch (error) {
      leave?.();
      if (error === HEAD_ONLY) endWithStreamHead(response, { headers });
      else if (error !== LEFT) throw error;
    }
  }

  return endpoint(['GET', 'HEAD'], answer, { onRefuse }, sendStreamProblem);
}

/** Thrown by `open`: the client went away while the subscription was being made, and there is nobody to answer. */
export const LEFT: Error = new Error('The client has left');

/** Thrown by `open`: all that `GET` is refused for has been looked at, and there is nothing more to open. */
export const HEAD_ONLY: Error = new Error('Only the head was asked for');

type Asked = Pick<SubscribeRequest, 'topics' | 'lastEventId' | 'client'>;

function parseStreamRequest(request: Request): Asked {
  // Without the header, and with an empty one, everything is accepted.
  if (request.headers.accept && request.accepts('text/event-stream') === false)
    throw refused(406, 'Expected `Accept` to include `text/event-stream`');
  const query = parseQuery(request.url, ['topics', 'client_name', 'tags', 'last_event_id']);
  const topics = query.get('topics');
  if (topics === '')
    throw refused(400, 'Expected `topics` to name at least one topic; leave it out for all of them');
  const filter = new TopicFilter(topics?.split(','));
  // Sent twice, Node joins it to what can be no id: a cursor is never refused, and so begins with a gap.
  const header = headerText(request.get('Last-Event-ID') ?? '');
  return {
    topics: filter.patterns,
    lastEventId: header === '' ? query.get('last_event_id') : header,
    client: {
      name: query.get('client_name'),
      tags: query.get('tags')?.split(','),
      remoteAddress: request.ip,
      userAgent: request.get('User-Agent'),
    },
  };
}
