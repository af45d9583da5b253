import { sendProblem } from '@sse/express';
import type { RequestHandler } from 'express';

const METHODS = ['GET', 'HEAD'];

/** Answers with the same JSON always; other methods with 405 and `Allow`. */
export function jsonPage(body: unknown): RequestHandler {
  const bytes = Buffer.from(JSON.stringify(body));
  const allow = METHODS.join(', ');
  return (request, response) => {
    if (request.method === 'OPTIONS') return void response.status(204).set('Allow', allow).end();
    if (!METHODS.includes(request.method)) {
      const detail = `Expected GET or HEAD, got ${request.method}`;
      return sendProblem(response, { status: 405, detail, headers: { Allow: allow } });
    }
    response.set({
      'Cache-Control': 'no-cache',
      'Content-Type': 'application/json',
      'Content-Length': String(bytes.byteLength),
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };
}
