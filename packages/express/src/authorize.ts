import { type Subscription, TopicFilter } from '@sse/core';
import type { Request } from 'express';
import { type Problem, Refused } from './problem.ts';

/** What someone may do. */
export interface Grant {
  /**
   * Patterns of the topics that it may see, live and on replay, or publish to. Absent: all, private events aside.
   * Empty: none.
   */
  readonly topics?: readonly string[] | undefined;
  /** Who it is: shown to your hooks, never to other clients. */
  readonly user?: string | undefined;
  /** When these rights end, in milliseconds since 1970; a stream is then ended with `expired`. Absent: never. */
  readonly expiresAt?: number | undefined;
  /** Given the stream once it is open, so that it can be ended when the rights are taken back. Not for publishing. */
  readonly onOpen?: ((stream: Subscription) => void) | undefined;
  /** Never there: a refusal has one. */
  readonly status?: undefined;
}

/** Why someone may not: told from a grant by its `status`. */
export interface Refusal extends Omit<Problem, 'detail'> {
  /** @defaultValue a sentence that gives nothing away */
  readonly detail?: string | undefined;
}

/**
 * Decides what a request may do.
 *
 * What it throws, and an answer that is neither grant nor refusal, goes to Express' error handling and grants nothing.
 */
export type Authorize = (request: Request) => Grant | Refusal | Promise<Grant | Refusal>;

/** What `authorize` grants. Throws `Refused` where it refuses. */
export async function granted(authorize: Authorize, request: Request): Promise<Grant> {
  const decision: Grant | Refusal | null | undefined = await authorize(request);
  // A function that forgot to answer must not let everybody in.
  if (typeof decision !== 'object' || decision === null)
    throw new TypeError('Expected `authorize` to return a grant, or a refusal with a `status`');
  if (!isRefusal(decision)) return checkPatterns(decision);
  // A typo in the status must not be a grant, nor break the answer.
  if (!Number.isInteger(decision.status) || decision.status < 400 || decision.status > 599)
    throw new TypeError('Expected `authorize` to refuse with a `status` from 400 to 599');
  throw new Refused({ ...decision, detail: decision.detail ?? 'This request is not authorised' });
}

/** Rights that are malformed are a mistake of the server: the client must not be told that its topics are wrong. */
function checkPatterns(grant: Grant): Grant {
  try {
    new TopicFilter(undefined, grant.topics);
  } catch (cause) {
    throw new TypeError('Expected `authorize` to grant well-formed topic patterns', { cause });
  }
  return grant;
}

function isRefusal(decision: Grant | Refusal): decision is Refusal {
  return 'status' in decision;
}
