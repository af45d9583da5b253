/** A part of the document: plain JSON. */
export type Json = Readonly<Record<string, unknown>>;

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const count: Json = { type: 'integer', minimum: 0 };
const text: Json = { type: 'string' };
const words: Json = { type: 'array', items: text };

/** An object all of whose properties but those of `optional` are always there. */
function object(properties: Json, optional: readonly string[] = []): Json {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, properties };
}

/** What answers are made of. */
export const SCHEMAS: Json = {
  Status: object({
    status: { const: 'running' },
    version: text,
    clients: { ...count, description: 'Open streams' },
    history_size: { ...count, description: 'Events kept for replay' },
    endpoints: {
      type: 'object',
      description: 'Paths by name; more may follow',
      additionalProperties: { type: 'string', pattern: '^/' },
    },
    features: { ...words, description: 'More may follow' },
  }),
  Health: object({
    status: { enum: ['healthy', 'unhealthy'] },
    connected_clients: count,
    event_history_size: {
      type: ['integer', 'null'],
      minimum: 0,
      description: '`null` where the log could not be asked',
    },
    producers: {
      type: 'object',
      description: 'What makes events by itself',
      additionalProperties: { enum: ['running', 'stopped', 'failed'] },
    },
  }),
  Readiness: object({ status: { enum: ['ready', 'starting', 'log_unavailable', 'closing', 'closed'] } }),
  Client: object({
    client_id: text,
    client_name: { ...text, description: '`anonymous` where it gave none' },
    tags: words,
    topics: { ...words, description: 'Patterns' },
    connected_at: { type: 'string', format: 'date-time' },
    events_received: { ...count, description: 'Given to its connection, replayed ones included' },
    queue_size: { ...count, description: 'Events that wait because its connection takes no more' },
  }),
  Clients: object({
    count: { ...count, description: 'Of all pages' },
    clients: { type: 'array', items: ref('Client') },
  }),
  Published: object({
    ids: { type: 'array', items: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' } },
  }),
  Event: {
    type: 'object',
    description: 'Any JSON object, such as a CloudEvent. It is sent to subscribers as it was written',
    required: ['type'],
    properties: {
      type: {
        type: 'string',
        maxLength: 255,
        description: 'The topic: dotted segments of letters, digits, `_` and `-`',
      },
    },
    additionalProperties: true,
    examples: [{ type: 'orders.eu.created', id: 17 }],
  },
  TicketRequest: object(
    { topics: { ...words, description: 'Patterns within the rights of the token; absent: all of them' } },
    ['topics'],
  ),
  Ticket: object({ ticket: text, expires_in: { ...count, description: 'Seconds' } }),
  Revocation: object(
    {
      sub: { ...text, description: 'Whose tokens; this or `jti`' },
      jti: { ...text, description: 'Which token' },
      exp: {
        type: 'integer',
        description: 'Seconds since 1970 at which a token that is meant could last be good',
      },
    },
    ['sub', 'jti', 'exp'],
  ),
  Problem: {
    ...object(
      {
        type: text,
        title: text,
        status: { type: 'integer', minimum: 400, maximum: 599 },
        detail: { ...text, description: 'What was expected, and what came' },
        request_id: { ...text, description: 'The `X-Request-Id` of the answer' },
      },
      ['request_id'],
    ),
    description: 'RFC 9457',
    examples: [
      {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: 'Expected `topics` at most once in the query',
        request_id: '4ff8aea6-1056-4d29-a3a7-8c148829a196',
      },
    ],
  },
};
