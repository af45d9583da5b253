import { AUTH_PATHS } from './auth-paths.ts';
import { EVENT_PATHS } from './event-paths.ts';
import { type Json, SCHEMAS } from './schemas.ts';
import { STATUS_PATHS } from './status-paths.ts';
import { STREAM_PATHS } from './stream-paths.ts';

const DESCRIPTION = `Server-sent events: publish once, and everyone who asked for the topic gets it, with replay.

\`HEAD\` works wherever \`GET\` does, with the same head. Another method is answered with 405 and \`Allow\`, another path with 404.
What is no HTTP, comes too slowly or has too large headers is answered with 400, 408, 413 or 431. All errors are problems (RFC 9457).
Every answer has an \`X-Request-Id\`: that of the request, where it is 1 to 64 of \`A-Z a-z 0-9 . _ -\`, or a new one.`;

/** What the server's HTTP is, as OpenAPI 3.1. Tests hold every answer that they meet against it. */
export function openapiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'sse-server',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: { ...STREAM_PATHS, ...EVENT_PATHS, ...AUTH_PATHS, ...STATUS_PATHS },
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}
