import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { type Problem, problemOf, sendProblem, shown } from './problem.ts';

export interface ProblemsOptions {
  /** Told of every error that is answered with a 5xx and is no refusal of ours. @defaultValue `console.error` */
  readonly onError?: (error: unknown, request: Request) => void;
}

/**
 * The last error handler of an app: answers every error with a problem, and never with a stack or a path.
 *
 * An error with a `status` or `statusCode` from 400 to 499, as of Express, its body parsers and `http-errors`, keeps it, and
 * its message where it is meant for the client. Everything else becomes a 5xx with a fixed text. Where the head has
 * been sent already, Express gets the error and cuts the connection.
 */
export function problems(options: ProblemsOptions = {}): ErrorRequestHandler {
  const { onError = logError } = options;
  return (error: unknown, request, response, next) => {
    const known = problemOf(error);
    const problem = known ?? problemOfStatus(error);
    if (known === undefined && problem.status >= 500) tell(onError, error, request);
    if (response.headersSent) next(error);
    else sendProblem(response, problem);
  };
}

/** The handler after all routes: the problem 404. */
export function notFound(): RequestHandler {
  return (request, response) => {
    sendProblem(response, { status: 404, detail: `Nothing is at ${shown(request.path)}` });
  };
}

/** An error in the shape of `http-errors`; all of it is optional. */
interface StatusError {
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly expose?: unknown;
  readonly message?: unknown;
  readonly syscall?: unknown;
  readonly headers?: unknown;
}

function problemOfStatus(error: unknown): Problem {
  const { status, statusCode, expose, message, syscall, headers }: StatusError = Object(error) as StatusError;
  const found = [status, statusCode].find(isErrorStatus) ?? 500;
  const text = STATUS_CODES[found] ?? 'Error';
  // `sendFile` marks "no such file" as meant for the client, with the file's whole path in its message.
  const open = found < 500 && expose !== false && syscall === undefined && typeof message === 'string';
  return {
    status: found,
    detail: found >= 500 ? 'The server failed to answer this request' : open && message ? message : text,
    headers: stringsOf(headers),
  };
}

function isErrorStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 400 && value <= 599;
}

function stringsOf(headers: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(Object(headers) as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function tell(onError: NonNullable<ProblemsOptions['onError']>, error: unknown, request: Request): void {
  try {
    onError(error, request);
  } catch {
    // Nobody is left to tell, and the client still needs an answer.
  }
}

function logError(error: unknown, request: Request): void {
  console.error(`@sse/express: ${request.method} ${shown(request.path)} failed:`, error);
}
