import type { ServerResponse } from 'node:http';

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
  /** @defaultValue `application/json` */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Sends a whole JSON answer that nobody may keep.
 *
 * Not `response.json()`: that adds an ETag, and answers 304 where the client has the same bytes already.
 */
export function sendJson(response: ServerResponse, answer: JsonAnswer): void {
  const { status, body, contentType = 'application/json', headers = {} } = answer;
  const bytes = Buffer.from(JSON.stringify(body));
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', bytes.byteLength);
  response.setHeader('Cache-Control', 'no-store');
  if (response.req.method === 'HEAD') response.end();
  else response.end(bytes);
}
