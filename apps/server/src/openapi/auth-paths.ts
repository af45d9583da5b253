import { json, problems } from './responses.ts';
import { type Json, ref } from './schemas.ts';

function body(schema: string, required: boolean): Json {
  return { required, content: { 'application/json': { schema: ref(schema) } } };
}

/** What is there only where a key for tokens is configured. */
export const AUTH_PATHS: Json = {
  '/tickets': {
    post: {
      operationId: 'ticket',
      summary: 'Gives a ticket for one stream, for browsers whose `EventSource` can send no token',
      security: [{ token: [] }],
      requestBody: body('TicketRequest', false),
      responses: {
        200: json('Good for one stream, for so many seconds', 'Ticket'),
        ...problems(400, 401, 408, 413, 415, 429, 503),
      },
    },
  },
  '/revocations': {
    post: {
      operationId: 'revoke',
      summary: 'Revokes all tokens of a subject, or one token, and ends their streams',
      security: [{ token: [] }],
      requestBody: body('Revocation', true),
      responses: {
        204: { description: 'From now on they are refused' },
        ...problems(400, 401, 408, 413, 415, 429, 503),
      },
    },
  },
};
