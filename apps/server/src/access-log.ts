import { requestIdOf } from '@sse/express';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

export interface AccessLogOptions {
  /** Where lines go. Not one whose lines are published: they hold addresses. */
  readonly logger: Pick<Logger, 'info'>;
  /** A monotonic clock, milliseconds. @defaultValue `performance.now` */
  readonly elapsed?: (() => number) | undefined;
}

/** Lines in a second; of what comes beyond only the number is told, in the next line. */
export const MAX_LINES_PER_SECOND = 200;
/** What a client sends is cut there. */
const MAX_TEXT_LENGTH = 256;

/**
 * One line for each request, when its answer is over; a stream's says at its end how long it was open. Neither queries nor
 * headers are in it but `User-Agent`: the others hold secrets. `status` 0: the client left before an answer.
 */
export function accessLog({ logger, elapsed = () => performance.now() }: AccessLogOptions): RequestHandler {
  const admit = lineBudget(elapsed);

  return (request, response, next) => {
    const startedAt = elapsed();
    response.once('close', () => {
      const heldBack = admit();
      if (heldBack === undefined) return;
      logger.info({ ...lineOf(request, response, elapsed() - startedAt), ...heldBack }, 'request');
    });
    next();
  };
}

function lineOf(request: Request, response: Response, ms: number): object {
  return {
    request_id: requestIdOf(response),
    method: request.method,
    path: request.originalUrl.split(/[?#]/, 1)[0]?.slice(0, MAX_TEXT_LENGTH),
    status: response.headersSent ? response.statusCode : 0,
    ms: Math.round(ms * 10) / 10,
    address: request.ip,
    user_agent: request.get('User-Agent')?.slice(0, MAX_TEXT_LENGTH),
  };
}

/** Answers what to add to a line: how many were held back before it. `undefined`: this one is held back, too. */
function lineBudget(elapsed: () => number): () => { readonly held_back?: number } | undefined {
  let endsAt = 0;
  let left = 0;
  let heldBack = 0;
  return () => {
    const now = elapsed();
    if (now >= endsAt) {
      endsAt = now + 1_000;
      left = MAX_LINES_PER_SECOND;
    }
    if (left === 0) {
      heldBack++;
      return undefined;
    }
    left--;
    const before = heldBack;
    heldBack = 0;
    return before === 0 ? {} : { held_back: before };
  };
}
