import type { RequestHandler } from 'express';
import { type Authorize, granted } from './authorize.ts';
import type { EndpointOptions } from './endpoint.ts';
import { problemOf, sendProblem } from './problem.ts';

/**
 * Lets those through to what comes next whom `authorize` grants anything, and answers all others with its refusal: for
 * pages and routes of your own, such as metrics.
 */
export function guard(authorize: Authorize, { onRefuse }: EndpointOptions = {}): RequestHandler {
  return (request, response, next) => {
    granted(authorize, request).then(
      () => next(),
      (error: unknown) => {
        const problem = problemOf(error);
        if (problem === undefined) return next(error);
        onRefuse?.(problem, request);
        sendProblem(response, problem);
      },
    );
  };
}
