import type { Broadcaster, QueueBounds, TopicMap } from '@sse/core';
import { endWithStreamHead, nodeSink } from '@sse/core/node';
import type { Request, RequestHandler, Response } from 'express';
import { type Authorize, isRefusal, toRefusalProblem } from './authorization.ts';
import { allowOnly, ProblemError, sendProblem, toProblem } from './problem.ts';
import { readList, readQuery } from './query.ts';

export interface StreamOptions extends Partial<QueueBounds> {
  /** Decides what a request may see. @defaultValue everyone may see everything */
  readonly authorize?: Authorize | undefined;
  /** Sent beside the stream's own headers; those of the stream win. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Told of what fails on our side while a stream is being opened; the client gets 500 or 503. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * A stream of events: `GET` opens it, `HEAD` shows its head.
 *
 * Reads `topics`, `tags` (comma-separated), `client_name` and `last_event_id` from the query, and the header
 * `Last-Event-ID`, which wins. What it refuses it answers as a problem (RFC 9457), before any head is sent; a cursor is
 * never refused. Works behind `compression()` (the stream says `no-transform`) and after body parsers.
 *
 * @example
 * ```ts
 * app.get('/stream', sse(broadcaster));
 * ```
 */
export function sse<Topics extends TopicMap>(
  broadcaster: Broadcaster<Topics>,
  options: StreamOptions = {},
): RequestHandler {
  return async (request, response) => {
    try {
      await open(broadcaster, options, request, response);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status >= 500) options.onError?.(error);
      // Whoever has left in the meantime gets no answer.
      if (!response.destroyed) sendProblem(response, problem);
    }
  };
}

async function open<Topics extends TopicMap>(
  broadcaster: Broadcaster<Topics>,
  { authorize, headers = {}, onError: _, ...queue }: StreamOptions,
  request: Request,
  response: Response,
): Promise<void> {
  // A request pipelined behind a stream can never be answered (it would have to wait for the stream to end), and no
  // limit on sockets sees it: one connection could hold thousands.
  if (request.httpVersionMajor === 1 && response.socket === null) return void request.socket.destroy();
  allowOnly(request.method, 'GET', 'HEAD');
  if (request.accepts('text/event-stream') === false)
    throw new ProblemError(406, 'Expected a request that accepts text/event-stream.');
  const query = readQuery(request.url, ['topics', 'client_name', 'tags', 'last_event_id']);
  const topics = readTopics(query.topics);
  const lastEventId = readCursor(request) ?? query.last_event_id;
  const grant = (await authorize?.(request)) ?? {};
  if (isRefusal(grant)) return sendProblem(response, toRefusalProblem(grant));
  if (request.method === 'HEAD') return endWithStreamHead(response, { headers });
  if (response.destroyed) return;
  await broadcaster.subscribe({
    ...queue,
    open: () => nodeSink(response, { headers }),
    topics,
    allowedTopics: grant.topics,
    lastEventId,
    expiresAt: grant.expiresAt,
    client: {
      name: query.client_name,
      tags: readList(query.tags),
      remoteAddress: request.ip,
      userAgent: request.get('user-agent'),
      user: grant.user,
    },
  });
}

function readTopics(value: string | undefined): readonly string[] | undefined {
  if (value === '')
    throw new ProblemError(400, 'Expected at least one topic in `topics`; leave it out for all topics.');
  return readList(value);
}

/** The header as UTF-8: Node hands on each byte as a character of its own. Twice in one request it means nothing. */
function readCursor({ rawHeaders }: Request): string | undefined {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'last-event-id',
  );
  if (values.length > 1) throw new ProblemError(400, 'Expected the header Last-Event-ID at most once.');
  return values[0] === undefined || values[0] === ''
    ? undefined
    : Buffer.from(values[0], 'latin1').toString('utf8');
}
