import { type Json, ref } from './schemas.ts';

const RETRY_AFTER: Json = {
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'string' } },
};
const CHALLENGE: Json = {
  'WWW-Authenticate': { description: 'How to authenticate', schema: { type: 'string' } },
};

/** An answer with JSON of one of the schemas. */
export function json(description: string, schema: string, more: Json = {}): Json {
  return { description, content: { 'application/json': { schema: ref(schema) } }, ...more };
}

/** An answer of another type. */
export function content(description: string, type: string): Json {
  return { description, content: { [type]: { schema: { type: 'string' } } } };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'The query, a header or the body is malformed; the detail says how',
  401: 'Without credentials, or with wrong ones',
  403: 'What was asked for is beyond the rights, or `Host` or `Origin` are of strangers',
  404: 'Nothing is there',
  406: '`Accept` leaves out what there is',
  408: 'The body did not come in time',
  413: 'The body has too many bytes or events',
  415: 'The body is of another type, charset or encoding than can be read',
  429: 'Too many streams, publishes, wrong tokens or tickets; try again later',
  500: 'The server failed',
  503: 'Starting, full, closing, or without its log; try again',
};

/** The problems that an operation can answer with; 403, for strangers' pages, and 500 are always among them. */
export function problems(...statuses: readonly (keyof typeof REASONS)[]): Json {
  const all = [...statuses, 403, 500].map((status) => [
    String(status),
    {
      description: REASONS[status],
      content: { 'application/problem+json': { schema: ref('Problem') } },
      ...((status === 429 || status === 503) && { headers: RETRY_AFTER }),
      ...(status === 401 && { headers: CHALLENGE }),
    },
  ]);
  return Object.fromEntries(all) as Json;
}
