import { type SseErrorCode, sseErrorCode } from '@sse/core';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

/** What is wrong with a request, as RFC 9457 has it. */
export interface Problem {
  /** An HTTP status from 400 on. */
  readonly status: number;
  /** What was expected, for whoever sent the request. */
  readonly detail: string;
  /** @defaultValue the status' own phrase */
  readonly title?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const TITLES: Readonly<Record<number, string>> = Object.freeze({
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
});

/** Seconds after which a client may try again, where nothing better is known. */
const RETRY_AFTER = '5';

const STATUS_OF: Readonly<Record<SseErrorCode, number>> = Object.freeze({
  'invalid-option': 500,
  'invalid-topic': 400,
  'invalid-event': 400,
  'invalid-payload': 400,
  'invalid-client': 400,
  'too-many-subscribers': 503,
  'log-unavailable': 503,
  'log-overrun': 503,
  closed: 503,
});

/** A refusal that is thrown, and answered as the problem it holds. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(status: number, detail: string, headers?: Readonly<Record<string, string>>) {
    super(detail);
    this.problem = { status, detail, headers };
  }
}

/**
 * Answers with a problem. Where the head has been sent already there is nothing left to say, and the connection is cut.
 */
export function sendProblem(response: Response, problem: Problem): void {
  const { status, detail, title = TITLES[status] ?? 'Error', headers = {} } = problem;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.status(status).set('Cache-Control', 'no-store');
  if (status === 503) response.set('Retry-After', RETRY_AFTER);
  response.set(headers).type('application/problem+json');
  response.send(JSON.stringify({ type: 'about:blank', title, status, detail }));
}

/** The problem that an error amounts to. What is the server's own fault stays with the server. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const code = sseErrorCode(error);
  const status = code === undefined ? statusOf(error) : STATUS_OF[code];
  if (status >= 500 && status !== 503)
    return { status: 500, detail: 'The server failed to answer this request.' };
  return { status, detail: error instanceof Error ? error.message : 'The request cannot be answered.' };
}

/** The status that a middleware's error carries; 500 where it carries none that blames the client. */
function statusOf(error: unknown): number {
  const status: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 500
    ? status
    : 500;
}

/**
 * An error middleware that answers every error with a problem. Put it last.
 *
 * @param options.onError - Told of errors that are the server's own, status 500.
 */
export function problems(options: { readonly onError?: (error: unknown) => void } = {}): ErrorRequestHandler {
  // Express tells an error middleware by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const problem = toProblem(error);
    if (problem.status === 500) options.onError?.(error);
    sendProblem(response, problem);
  };
}

/** Answers 404 with a problem. Put it after all routes. */
export function notFound(): RequestHandler {
  return (_request, response) =>
    sendProblem(response, { status: 404, detail: 'Nothing is served at this path.' });
}

/** Throws 405 where the request's method is none of these. */
export function allowOnly(method: string, ...allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  const Allow = allowed.join(', ');
  throw new ProblemError(405, `Expected the method ${allowed.join(' or ')}, got ${method}.`, { Allow });
}
