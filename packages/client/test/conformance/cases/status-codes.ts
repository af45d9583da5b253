import type { ConformanceCase } from '../case.ts';

/** Statuses without a body come without one. */
const NO_BODY = new Set([204, 205, 304]);

/** A stream that would be back within a millisecond meets this status. */
function fails(status: number, name: string): ConformanceCase {
  return {
    id: `status-codes/${status}`,
    theme: 'status codes',
    title: `${status} (${name}) fails the connection for ever`,
    clause: 'status',
    server: [
      { body: ['retry: 1\ndata: a\n\n'], ending: 'end' },
      { status, framing: 'length', body: NO_BODY.has(status) ? [] : ['data: b\n\n'], ending: 'end' },
    ],
    expected: {
      events: [{ data: 'a' }],
      lifecycle: ['open 1', 'error 0', 'error 2'],
      finalState: 2,
    },
    quietMs: 80,
  };
}

export const STATUS_CODES: readonly ConformanceCase[] = [
  ...(
    [
      [201, 'created'],
      [202, 'accepted'],
      [203, 'not authoritative'],
      [204, 'no content'],
      [205, 'reset content'],
      [299, 'any other success'],
      [400, 'bad request'],
      [401, 'unauthorized'],
      [403, 'forbidden'],
      [404, 'not found'],
      [405, 'method not allowed'],
      [410, 'gone'],
      [418, 'any other client error'],
      [429, 'too many requests'],
      [500, 'internal server error'],
      [501, 'not implemented'],
      [502, 'bad gateway'],
      [503, 'service unavailable'],
      [504, 'gateway timeout'],
      [599, 'any other server error'],
    ] as const
  ).map(([status, name]) => fails(status, name)),
  {
    id: 'status-codes/first',
    theme: 'status codes',
    title: 'a first answer that is not 200 fires error and never open',
    clause: 'fail',
    server: [{ status: 500, body: ['data: a\n\n'], ending: 'end' }],
    expected: { events: [], lifecycle: ['error 2'], finalState: 2 },
    quietMs: 80,
  },
  {
    id: 'status-codes/retry-after',
    theme: 'status codes',
    title: '503 with Retry-After fails the connection like any other',
    clause: 'fail',
    server: [
      { body: ['retry: 1\n\n'], ending: 'end' },
      { status: 503, headers: { 'Retry-After': '0' }, framing: 'length', ending: 'end' },
    ],
    expected: { events: [], lifecycle: ['open 1', 'error 0', 'error 2'], finalState: 2 },
    quietMs: 80,
  },
];
