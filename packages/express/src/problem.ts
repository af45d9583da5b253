import { type ServerResponse, STATUS_CODES } from 'node:http';
import { type SseErrorCode, sseErrorCode } from '@sse/core';
import { sendJson } from './json-answer.ts';
import { requestIdOf } from './request-id.ts';

/** Why a request is refused: what becomes an `application/problem+json` answer (RFC 9457). */
export interface Problem {
  /** An HTTP status from 400 to 599. */
  readonly status: number;
  /** @defaultValue the name of the status, such as `Bad Request` */
  readonly title?: string | undefined;
  /** What was expected, and what came; the client gets to read it. */
  readonly detail: string;
  /** Sent with the answer, such as `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Statuses that say "later", and how many seconds later where nothing better is known. */
const LATER: ReadonlySet<number> = new Set([429, 503]);
const RETRY_AFTER = 5;
/** An hour: a client that was told more would hardly come back. */
const MAX_RETRY_AFTER = 3_600;

/**
 * Answers with `problem`, as `application/problem+json` that nobody may keep; 429 and 503 with a `Retry-After`. Behind
 * `requestId()` it has the `request_id`.
 *
 * The head must not have been sent yet.
 */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  const { status, title = STATUS_CODES[status] ?? 'Error', detail, headers = {} } = problem;
  sendJson(response, {
    status,
    body: { type: 'about:blank', title, status, detail, request_id: requestIdOf(response) },
    contentType: 'application/problem+json',
    headers: LATER.has(status) ? { 'Retry-After': String(RETRY_AFTER), ...headers } : headers,
  });
}

/** Seconds after which it may be tried again; `undefined` where it is not a matter of time. */
export function retryAfterOf({ status, headers = {} }: Problem): number | undefined {
  if (!LATER.has(status)) return undefined;
  const seconds = Number(headers['Retry-After'] ?? RETRY_AFTER);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, MAX_RETRY_AFTER) : RETRY_AFTER;
}

const refusals = new WeakMap<object, number>();

/** Remembers that a response refuses, though its status does not say so. */
export function noteRefusal(response: object, status: number): void {
  refusals.set(response, status);
}

/** What a response refuses with; below 400 it refuses nothing. */
export function refusalOf(response: Pick<ServerResponse, 'statusCode'>): number {
  return refusals.get(response) ?? response.statusCode;
}

/** Thrown to answer with a problem. Control flow of this package: no handler lets it out. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** What to throw where the client sent something else than expected. */
export function refused(status: number, detail: string, headers: Problem['headers'] = {}): Refused {
  return new Refused({ status, detail, headers });
}

// `invalid-option` is missing: no client can cause it.
const CLIENT_ERRORS: ReadonlySet<SseErrorCode> = new Set([
  'invalid-topic',
  'invalid-event',
  'invalid-payload',
  'invalid-client',
]);

// Their messages, and those of logs that others wrote, may name what is behind the server.
const UNAVAILABLE: ReadonlyMap<SseErrorCode, string> = new Map([
  ['too-many-subscribers', 'As many streams are open as may be; try again later'],
  ['log-unavailable', 'The event log does not answer; try again later'],
  ['log-overrun', 'The event log does not answer; try again later'],
  ['closed', 'The server is closing; try again later'],
]);

/** The problem that an error stands for, or `undefined` where it is a failure of ours. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Refused) return error.problem;
  const code = sseErrorCode(error);
  if (code === undefined) return undefined;
  if (CLIENT_ERRORS.has(code)) return { status: 400, detail: (error as Error).message };
  const detail = UNAVAILABLE.get(code);
  return detail === undefined ? undefined : { status: 503, detail };
}

/** How untrusted text is shown in a detail: as a JSON string, cut at 80 characters. */
export function shown(text: string): string {
  return `\`${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)}\``;
}
