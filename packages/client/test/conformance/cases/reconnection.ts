import type { Answer, ConformanceCase } from '../case.ts';

const AGAIN: Answer = { body: ['data: b\n\n'] };

/** The stream is over in this way, and the client is back. */
const back = (
  name: string,
  title: string,
  clause: 'end-of-body' | 'network-error',
  first: Answer,
): ConformanceCase => ({
  id: `reconnection/${name}`,
  theme: 'reconnection',
  title,
  clause,
  server: [first, AGAIN],
  expected: {
    events: [{ data: 'a' }, { data: 'b' }],
    lifecycle: ['open 1', 'error 0', 'open 1'],
    order: ['open', 'a', 'error', 'open', 'b'],
    finalState: 1,
  },
});

const A = 'retry: 1\ndata: a\n\n';

export const RECONNECTION: readonly ConformanceCase[] = [
  back('ended', 'a response that ends is followed by a reconnect', 'end-of-body', {
    body: [A],
    ending: 'end',
  }),
  back('closed', 'a connection that closes is followed by a reconnect', 'end-of-body', {
    framing: 'close',
    body: [A],
    ending: 'end',
  }),
  back('cut', 'a connection that breaks is followed by a reconnect', 'network-error', {
    body: [A],
    ending: 'cut',
    heard: 1,
  }),
  back(
    'cut-in-block',
    'a connection that breaks within a block is followed by a reconnect',
    'network-error',
    {
      body: [`${A}data: c\nid: 2`],
      ending: 'cut',
      heard: 1,
    },
  ),
  {
    id: 'reconnection/many',
    theme: 'reconnection',
    title: 'each response that ends is followed by a reconnect, with one error and one open',
    clause: 'reestablish',
    server: [
      ...Array.from({ length: 5 }, (_, index) => ({
        body: [`retry: 1\ndata: ${index}\n\n`],
        ending: 'end' as const,
      })),
      { body: ['data: last\n\n'] },
    ],
    expected: {
      events: ['0', '1', '2', '3', '4', 'last'].map((data) => ({ data })),
      order: ['0', '1', '2', '3', '4', 'last'].flatMap((data, index) =>
        index === 0 ? ['open', data] : ['error', 'open', data],
      ),
    },
  },
  {
    id: 'reconnection/empty-body',
    theme: 'reconnection',
    title: 'a response without a byte opens, ends, and is followed by a reconnect',
    clause: 'end-of-body',
    server: [{ body: ['retry: 1\n\n'], ending: 'end' }, { framing: 'length', ending: 'end' }, AGAIN],
    expected: {
      events: [{ data: 'b' }],
      lifecycle: ['open 1', 'error 0', 'open 1', 'error 0', 'open 1'],
    },
  },
  {
    id: 'reconnection/refused-later',
    theme: 'reconnection',
    title: 'a reconnect that meets a network error is tried again',
    clause: 'network-error',
    server: [{ body: [A], ending: 'end' }, { instead: 'reset' }, AGAIN],
    expected: {
      events: [{ data: 'a' }, { data: 'b' }],
      lifecycle: ['open 1', 'error 0', 'error 0', 'open 1'],
    },
  },
  {
    id: 'reconnection/refused-first',
    theme: 'reconnection',
    title: 'a first request that meets a network error is tried again',
    clause: 'network-error',
    server: [{ instead: 'reset' }, AGAIN],
    expected: { events: [{ data: 'b' }], lifecycle: ['error 0', 'open 1'] },
    // The wait of the start is the client's choice, "probably in the region of a few seconds".
    deadlineMs: 20_000,
  },
  {
    id: 'reconnection/default-delay',
    theme: 'reconnection',
    title: 'without retry a reconnect waits for longer than an instant',
    clause: 'delay',
    server: [{ body: ['data: a\n\n'], ending: 'end' }],
    // Only the order of magnitude is tested: the standard says "in the region of a few seconds".
    expected: { events: [{ data: 'a' }], lifecycle: ['open 1', 'error 0'], finalState: 0, requests: [{}] },
    quietMs: 150,
  },
  {
    id: 'reconnection/one-at-a-time',
    theme: 'reconnection',
    title: 'a reconnect is not doubled while it hangs',
    clause: 'reestablish',
    server: [{ body: [A], ending: 'end' }, { instead: 'hang' }],
    expected: { events: [{ data: 'a' }], lifecycle: ['open 1', 'error 0'], finalState: 0 },
    quietMs: 120,
  },
  {
    id: 'reconnection/listeners-stay',
    theme: 'reconnection',
    title: 'listeners for named events stay over a reconnect',
    clause: 'reestablish',
    server: [
      { body: ['retry: 1\nevent: x\ndata: a\n\n'], ending: 'end' },
      { body: ['event: x\ndata: b\n\n'] },
    ],
    expected: {
      events: [
        { type: 'x', data: 'a' },
        { type: 'x', data: 'b' },
      ],
    },
  },
];
