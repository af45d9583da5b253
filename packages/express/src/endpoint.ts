import type { Request, RequestHandler, Response } from 'express';
import { type Problem, problemOf, refused, sendProblem, shown } from './problem.ts';

export interface EndpointOptions {
  /** Told of each request that is refused, before the answer leaves: for logs and counters. */
  readonly onRefuse?: ((problem: Problem, request: Request) => void) | undefined;
}

/**
 * A handler for one resource: answers other methods than `methods` with 405 and `Allow`, `OPTIONS` with 204 and `Allow`,
 * a refusal with its problem, and gives every other error to `next`.
 *
 * `send` is how a refusal is answered, by default as a problem. Rejections are caught here, because Express 4 does not look at what a handler returns.
 */
export function endpoint(
  methods: readonly string[],
  answer: (request: Request, response: Response) => void | Promise<void>,
  { onRefuse }: EndpointOptions = {},
  send: (request: Request, response: Response, problem: Problem) => void = (_request, response, problem) =>
    sendProblem(response, problem),
): RequestHandler {
  const allow = methods.join(', ');

  async function run(request: Request, response: Response): Promise<void> {
    try {
      if (request.method === 'OPTIONS') return void response.status(204).set('Allow', allow).end();
      if (!methods.includes(request.method))
        throw refused(405, `Expected ${methods.join(' or ')}, got ${shown(request.method)}`, {
          Allow: allow,
        });
      await answer(request, response);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === undefined || response.headersSent) throw error;
      if (isGone(response)) return;
      onRefuse?.(problem, request);
      send(request, response, problem);
    }
  }

  return (request, response, next) => {
    run(request, response).catch((error: unknown) => next(toError(error)));
  };
}

/** Express takes a rejection with nothing, or with the word `route`, for "go on", and the next handler would answer. */
function toError(error: unknown): Error {
  return error instanceof Error
    ? error
    : new Error('A handler failed with what is no error', { cause: error });
}

/**
 * Whether nothing can be answered any more: the connection is over, or something else has answered.
 *
 * A response that waits behind another on its connection counts as gone, too: it has no connection of its own yet.
 */
export function isGone(response: Response): boolean {
  if (response.headersSent || response.writableEnded) return true;
  const connection = connectionOf(response);
  return connection === null || connection.destroyed;
}

/** The connection of a response: its stream under HTTP/2, and `null` for a request pipelined behind another. */
export function connectionOf(response: Response): { readonly destroyed: boolean } | null {
  const { stream, socket } = response as {
    stream?: { destroyed: boolean };
    socket: { destroyed: boolean } | null;
  };
  return stream ?? socket;
}
