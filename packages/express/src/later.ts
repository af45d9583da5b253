import { STREAM_HEADERS } from '@sse/core';
import type { Request, Response } from 'express';
import { noteRefusal, type Problem, retryAfterOf, sendProblem } from './problem.ts';

/**
 * Answers a stream that can't be opened: with the problem, or, where it would only have to come later (429 and 503) and a
 * browser's own `EventSource` asks, with a stream that says when and ends.
 *
 * Such an `EventSource` shows no status to its page, and after any but 200 it stays closed for ever.
 */
export function sendStreamProblem(request: Request, response: Response, problem: Problem): void {
  const retryAfter = retryAfterOf(problem);
  if (retryAfter === undefined || request.method !== 'GET' || !isNative(request))
    return sendProblem(response, problem);
  noteRefusal(response, problem.status);
  response.writeHead(200, { ...STREAM_HEADERS });
  // Spread over as long again: all of them have been refused at about the same time.
  const retryMs = Math.round(retryAfter * 1_000 * (1 + Math.random()));
  response.end(`: ${problem.status} ${oneLine(problem.detail)}\nretry: ${retryMs}\n\n`);
}

/** What a browser's `EventSource` sends, and a `fetch` that can read a problem does not: it accepts one, or anything. */
function isNative(request: Request): boolean {
  return request.get('Sec-Fetch-Mode') !== undefined && request.get('Accept')?.trim() === 'text/event-stream';
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}
