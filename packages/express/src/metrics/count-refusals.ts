import type { RequestHandler } from 'express';
import { Counter } from 'prom-client';
import { refusalOf } from '../problem.ts';
import type { MetricsOptions } from './broadcaster-metrics.ts';

const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'malformed'],
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [405, 'method'],
  [406, 'not_acceptable'],
  [408, 'too_slow'],
  [413, 'too_large'],
  [415, 'media_type'],
  [429, 'too_many'],
  [503, 'unavailable'],
]);
const OTHER = 'other';
const FAILED = 'failed';

/**
 * Counts the answers from status 400 on that leave behind it, by what the status says (`sse_refused_total`);
 * also those that refuse with a stream that ends at once. Every reason
 * is there from the start, and no request can add one: other statuses are `other`, and `failed` from 500 on.
 */
export function countRefusals({ registry }: MetricsOptions): RequestHandler {
  const refused = new Counter({
    name: 'sse_refused_total',
    help: 'Requests answered with an error, by why',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of [...REASONS.values(), OTHER, FAILED]) refused.inc({ reason }, 0);

  return (_request, response, next) => {
    response.once('finish', () => {
      const status = refusalOf(response);
      if (status < 400) return;
      refused.inc({ reason: REASONS.get(status) ?? (status < 500 ? OTHER : FAILED) });
    });
    next();
  };
}
