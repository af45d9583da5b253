import { json, problems } from './responses.ts';
import { type Json, ref } from './schemas.ts';

/** What publishers ask for. */
export const EVENT_PATHS: Json = {
  '/events': {
    post: {
      operationId: 'publish',
      summary: 'Publishes events, all or none',
      description: 'The topic of each event is its `type`. Answers once the log has the events.',
      parameters: [
        {
          name: 'event',
          in: 'query',
          description: 'What all of them are called on the wire, instead of `data`',
          schema: { type: 'string', maxLength: 128 },
        },
        {
          name: 'key',
          in: 'query',
          description: 'Events with one key supersede one another under the policy `latest`',
          schema: { type: 'string', maxLength: 255 },
        },
        {
          name: 'private',
          in: 'query',
          description: 'Whether they are only for subscribers whose rights name the topic',
          schema: { type: 'boolean', default: false },
        },
        {
          name: 'Idempotency-Key',
          in: 'header',
          description: 'A retry with the same key adds nothing, while the history holds the first',
          schema: { type: 'string', pattern: '^[\\x20-\\x7e]{1,200}$' },
        },
        {
          name: 'traceparent',
          in: 'header',
          description:
            'A W3C trace context, which goes with the events to their subscribers; ignored where malformed',
          schema: { type: 'string' },
        },
      ],
      security: [{ token: [] }],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: { oneOf: [ref('Event'), { type: 'array', items: ref('Event'), minItems: 1 }] },
          },
          'application/cloudevents+json': { schema: ref('Event') },
          'application/cloudevents-batch+json': {
            schema: { type: 'array', items: ref('Event'), minItems: 1 },
          },
          'application/x-ndjson': { schema: { type: 'string', description: 'One object a line' } },
        },
      },
      responses: {
        202: json('The ids, in the order of the events', 'Published'),
        ...problems(400, 401, 408, 413, 415, 429, 503),
      },
    },
  },
};
