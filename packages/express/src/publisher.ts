import { type Broadcaster, SseError, TRACEPARENT_PATTERN } from '@sse/core';
import type { Request, RequestHandler, Response } from 'express';
import { type Authorize, granted } from './authorize.ts';
import { type EndpointOptions, endpoint } from './endpoint.ts';
import { parseEventBatch } from './event-batch.ts';
import { singleHeader } from './headers.ts';
import { sendJson } from './json-answer.ts';
import { bodyFormat } from './media-type.ts';
import { refused, shown } from './problem.ts';
import { parseQuery, type Query } from './query.ts';
import { dropBody, readBody } from './read-body.ts';

/** Bounds of one request. */
export interface PublisherBounds {
  /** Bytes of a body; more are answered with 413. @defaultValue 262 144 (256 KiB) */
  readonly maxBodyBytes: number;
  /** Milliseconds for a body to come in; longer is answered with 408. @defaultValue 30 000 */
  readonly bodyTimeoutMs: number;
  /** Events of a body; more are answered with 413. @defaultValue 1 000 */
  readonly maxEvents: number;
  /** Levels of objects and lists in an event; more are answered with 400. @defaultValue 64 */
  readonly maxDepth: number;
}

export interface PublisherOptions extends Partial<PublisherBounds>, EndpointOptions {
  /** Asked before a body is read. A publisher that is open to whoever reaches it says so: `anyone`. */
  readonly authorize: Authorize | 'anyone';
}

export const PUBLISHER_DEFAULTS: PublisherBounds = Object.freeze({
  maxBodyBytes: 256 * 1024,
  bodyTimeoutMs: 30_000,
  maxEvents: 1_000,
  maxDepth: 64,
});

// What one header line may hold, and short enough for the index behind it.
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,200}$/;

/**
 * Publishes what is posted: one JSON object, an array of them, or one a line (NDJSON), all or none.
 *
 * The topic of an event is its `type`, and its data is its JSON text as it was sent, so that a CloudEvent can be posted as
 * it is. `?event=` names all events of the request on the wire, `?key=` says what they supersede under the policy
 * `latest`, `?private=true` keeps them from subscribers without rights that name their topic. With `Idempotency-Key` a retry adds nothing; event `i` gets `<key>/<i>`. A well-formed `traceparent`
 * header goes with all events to their subscribers; any other is ignored, as W3C asks for. Answers 202 with `{"ids":[…]}`.
 *
 * Nothing is published where anything is not as expected: 400 names the event or line, 401 and 403 come from
 * `authorize`, 408, 413 and 415 say what is accepted, 503 comes with `Retry-After`. Needs no body parser in front, and works behind `express.json()`.
 *
 * @throws SseError `invalid-option` where `authorize` is missing or a bound is no positive integer.
 */
export function publisher(
  broadcaster: Pick<Broadcaster, 'publish'>,
  options: PublisherOptions,
): RequestHandler {
  const bounds = checkBounds(options);
  const authorize = checkAuthorize(options);

  async function publish(request: Request, response: Response): Promise<void> {
    const { topics: allowedTopics } = authorize === undefined ? {} : await granted(authorize, request);
    const format = bodyFormat(request.get('Content-Type'));
    const query = parseQuery(request.url, ['event', 'key', 'private']);
    const isPrivate = parseFlag(query, 'private');
    const idempotencyKey = parseIdempotencyKey(request);
    const traceparent = parseTraceparent(request);
    const text = await readBody(request, bounds);
    if (text === undefined) return;
    const batch = parseEventBatch(text, { ...bounds, format, allowedTopics });
    const ids = await broadcaster.publish(
      batch.map((event, index) => ({
        ...event,
        event: query.get('event'),
        key: query.get('key'),
        private: isPrivate,
        traceparent,
        idempotencyKey: idempotencyKey === undefined ? undefined : `${idempotencyKey}/${index}`,
      })),
    );
    sendJson(response, { status: 202, body: { ids } });
  }

  async function answer(request: Request, response: Response): Promise<void> {
    try {
      await publish(request, response);
    } finally {
      dropBody(request);
    }
  }

  return endpoint(['POST'], answer, options);
}

function parseFlag<Key extends string>(query: Query<Key>, key: Key): boolean {
  const text = query.get(key) ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw refused(400, `Expected \`${key}\` to be \`true\` or \`false\`, got ${shown(text)}`);
}

function parseIdempotencyKey(request: Request): string | undefined {
  const key = singleHeader(request, 'Idempotency-Key');
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key;
  throw refused(400, 'Expected `Idempotency-Key` to be 1 to 200 printable ASCII characters');
}

/** Sent twice, Node joins it to what is none. */
function parseTraceparent(request: Request): string | undefined {
  const text = request.get('traceparent');
  return text !== undefined && TRACEPARENT_PATTERN.test(text) ? text : undefined;
}

function checkAuthorize({ authorize }: PublisherOptions): Authorize | undefined {
  if (authorize === 'anyone') return undefined;
  if (typeof authorize === 'function') return authorize;
  throw new SseError(
    'invalid-option',
    'Expected `authorize` to be a function, or `anyone` for a publisher that is open to whoever reaches it',
  );
}

function checkBounds(options: PublisherOptions): PublisherBounds {
  const checked: { -readonly [Name in keyof PublisherBounds]: number } = { ...PUBLISHER_DEFAULTS };
  for (const name of Object.keys(PUBLISHER_DEFAULTS) as (keyof PublisherBounds)[]) {
    const value: unknown = options[name] ?? checked[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0)
      throw new SseError(
        'invalid-option',
        `Expected \`${name}\` to be a positive integer, got \`${String(value)}\``,
      );
    checked[name] = value;
  }
  return checked;
}
