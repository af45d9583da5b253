import type { Broadcaster, TopicMap, TypedInput } from '@sse/core';
import { TopicFilter } from '@sse/core';
import { type Request, type RequestHandler, type Response, raw } from 'express';
import { type Authorize, isRefusal, toRefusalProblem } from './authorization.ts';
import { checkContentType, type PublishedEvent, readEvents } from './event-body.ts';
import { allowOnly, ProblemError, sendProblem, toProblem } from './problem.ts';
import { readQuery } from './query.ts';

export interface PublisherOptions {
  /** Decides who may publish what. `'anyone'` has to be said: it opens the stream to whoever can reach it. */
  readonly authorize: Authorize | 'anyone';
  /** Bytes of a request's body. @defaultValue 262 144 */
  readonly maxBodyBytes?: number | undefined;
  /** Events in a request. @defaultValue 1 000 */
  readonly maxEvents?: number | undefined;
  /** Brackets within brackets in an event. @defaultValue 64 */
  readonly maxDepth?: number | undefined;
  /** Told of what fails on our side; the publisher gets 500 or 503. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export const PUBLISHER_DEFAULTS: Readonly<{ maxBodyBytes: number; maxEvents: number; maxDepth: number }> =
  Object.freeze({ maxBodyBytes: 256 * 1024, maxEvents: 1_000, maxDepth: 64 });

/** Visible ASCII, as the Idempotency-Key draft has it; short enough for `/<index>` behind it. */
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,200}$/;

/**
 * Publishes what is posted: one JSON object, an array of them, or NDJSON; all events, or none. The topic of each is its
 * `type`. Its text goes out as it came in. `Idempotency-Key` makes a retry safe, `event` and `key` in the query name the
 * event and say what it supersedes. Answers 202 with `{"ids": […]}` once the log has them.
 *
 * @example
 * ```ts
 * app.post('/events', publisher(broadcaster, { authorize: bearerToken(token) }));
 * ```
 */
export function publisher<Topics extends TopicMap>(
  broadcaster: Broadcaster<Topics>,
  options: PublisherOptions,
): RequestHandler {
  const maxBodyBytes = options.maxBodyBytes ?? PUBLISHER_DEFAULTS.maxBodyBytes;
  const maxEvents = options.maxEvents ?? PUBLISHER_DEFAULTS.maxEvents;
  const maxDepth = options.maxDepth ?? PUBLISHER_DEFAULTS.maxDepth;
  // Express' own reader: it keeps to the limit while reading, and unread requests do not pile up.
  const readBody = raw({ type: () => true, limit: maxBodyBytes, inflate: false });

  async function publish(request: Request, response: Response): Promise<void> {
    allowOnly(request.method, 'POST');
    const grant = options.authorize === 'anyone' ? {} : await options.authorize(request);
    if (isRefusal(grant)) return sendProblem(response, toRefusalProblem(grant));
    const format = checkContentType(request);
    const { event, key } = readQuery(request.url, ['event', 'key']);
    const idempotencyKey = readIdempotencyKey(request);
    const body = await readBytes(request, response);
    const events = readEvents(body, format, { maxEvents, maxDepth });
    if (grant.topics !== undefined) checkRights(events, grant.topics);
    const inputs = events.map((published, index) => ({
      ...published,
      event,
      key,
      idempotencyKey: idempotencyKey === undefined ? undefined : `${idempotencyKey}/${index}`,
    }));
    // What comes over HTTP has no type; the broadcaster's schemas are what checks it.
    const ids = await broadcaster.publish(inputs as unknown as readonly TypedInput<Topics>[]);
    response.status(202).set('Cache-Control', 'no-store').json({ ids });
  }

  /** The body's bytes, or what a body parser before us has made of them. */
  async function readBytes(request: Request, response: Response): Promise<unknown> {
    if (request.readableEnded) return request.body;
    await new Promise<void>((resolve, reject) => {
      readBody(request, response, (error?: unknown) =>
        error === undefined ? resolve() : reject(bodyProblem(error)),
      );
    });
    return request.body;
  }

  function bodyProblem(error: unknown): unknown {
    const tooLarge = toProblem(error).status === 413;
    return tooLarge ? new ProblemError(413, `Expected a body of at most ${maxBodyBytes} bytes.`) : error;
  }

  return async (request, response) => {
    try {
      await publish(request, response);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status >= 500) options.onError?.(error);
      if (!response.destroyed) sendProblem(response, problem);
    }
  };
}

function readIdempotencyKey({ rawHeaders }: Request): string | undefined {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'idempotency-key',
  );
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length === 1 && IDEMPOTENCY_KEY.test(value)) return value;
  throw new ProblemError(400, 'Expected one Idempotency-Key of 1 to 200 visible ASCII characters.');
}

function checkRights(events: readonly PublishedEvent[], patterns: readonly string[]): void {
  const rights = new TopicFilter(['**'], patterns);
  const refused = events.find(({ topic }) => !rights.matches(topic));
  if (refused === undefined) return;
  throw new ProblemError(403, `Publishing to ${JSON.stringify(refused.topic.slice(0, 80))} is not allowed.`);
}
