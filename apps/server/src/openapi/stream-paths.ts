import { content, json, problems } from './responses.ts';
import type { Json } from './schemas.ts';

function query(name: string, description: string, schema: Json = { type: 'string' }): Json {
  return { name, in: 'query', description, schema };
}

/** What subscribers, and those who look at them, ask for. */
export const STREAM_PATHS: Json = {
  '/stream': {
    get: {
      operationId: 'stream',
      summary: 'The stream of events',
      description:
        'What was missed since the cursor, then everything new. Begins with `event: system` of the type `connected`. A cursor is never refused: what cannot be served is told by `gap`. See docs/wire.md.',
      parameters: [
        query(
          'topics',
          'Patterns, comma-separated: `*` is one segment, a last `**` one or more. Absent: everything',
        ),
        query('client_name', 'Shown in `/clients`', { type: 'string', maxLength: 128, default: 'anonymous' }),
        query('tags', 'Comma-separated, at most 20 of 64 characters'),
        query('ticket', 'Single-use, from `/tickets`, for those who cannot send `Authorization`'),
        query('last_event_id', 'The last id received, for those who cannot set the header, which wins'),
        {
          name: 'Last-Event-ID',
          in: 'header',
          description: 'The last id received',
          schema: { type: 'string' },
        },
      ],
      security: [{}, { token: [] }],
      responses: {
        200: content(
          'The stream; it ends when the client leaves, or with a `closing` event',
          'text/event-stream',
        ),
        ...problems(400, 401, 406, 429, 503),
      },
    },
  },
  '/clients': {
    get: {
      operationId: 'clients',
      summary: 'Who is connected, the oldest first',
      parameters: [
        query('limit', 'Clients on a page', { type: 'integer', minimum: 1, maximum: 1_000, default: 100 }),
        query('offset', 'Clients to leave out', { type: 'integer', minimum: 0, default: 0 }),
      ],
      responses: {
        200: json('A page', 'Clients', {
          headers: { Link: { description: 'The next page, with `rel="next"`', schema: { type: 'string' } } },
        }),
        ...problems(400, 401, 429),
      },
    },
  },
  '/clients/{client_id}': {
    delete: {
      operationId: 'disconnect',
      summary: 'Ends the stream of a client, which is told `closing` with the reason `revoked`',
      parameters: [{ name: 'client_id', in: 'path', required: true, schema: { type: 'string' } }],
      security: [{ token: [] }],
      responses: { 204: { description: 'It has been ended' }, ...problems(400, 401, 404, 429) },
    },
  },
};
