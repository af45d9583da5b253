import type { Answer, ConformanceCase } from '../case.ts';

const to = (location: string, status = 302): Answer => ({
  status,
  contentType: null,
  headers: { Location: location },
  framing: 'length',
  ending: 'end',
});

const followed = (status: number): ConformanceCase => ({
  id: `redirects/${status}`,
  theme: 'redirects',
  title: `${status} is followed`,
  clause: 'redirect',
  server: [to('{here}/moved', status), { body: ['data: a\n\n'] }],
  expected: {
    events: [{ data: 'a' }],
    lifecycle: ['open 1'],
    requests: [{ path: 'stream' }, { method: 'GET', path: 'moved' }],
  },
});

const comesBackTo = (status: number): ConformanceCase => ({
  id: `redirects/reconnect-${status}`,
  theme: 'redirects',
  title: `a reconnect after ${status} goes to where it led`,
  clause: 'current-url',
  server: [
    to('{here}/moved', status),
    { body: ['retry: 1\ndata: a\n\n'], ending: 'end' },
    { body: ['data: b\n\n'] },
  ],
  expected: {
    events: [{ data: 'a' }, { data: 'b' }],
    requests: [{ path: 'stream' }, { path: 'moved' }, { path: 'moved' }],
  },
});

export const REDIRECTS: readonly ConformanceCase[] = [
  ...[301, 302, 303, 307, 308].map(followed),
  ...[301, 302, 307, 308].map(comesBackTo),
  {
    id: 'redirects/relative',
    theme: 'redirects',
    title: 'a relative Location is followed',
    clause: 'redirect',
    server: [to('moved?a=b', 307), { body: ['data: a\n\n'] }],
    expected: { events: [{ data: 'a' }], requests: [{ path: 'stream' }, { path: 'moved?a=b' }] },
  },
  {
    id: 'redirects/chain',
    theme: 'redirects',
    title: 'redirects that follow one another are followed, and fire one open',
    clause: 'redirect',
    server: [to('one', 301), to('two', 302), to('{here}/three', 308), { body: ['data: a\n\n'] }],
    expected: {
      events: [{ data: 'a' }],
      lifecycle: ['open 1'],
      requests: [{ path: 'stream' }, { path: 'one' }, { path: 'two' }, { path: 'three' }],
    },
  },
  {
    id: 'redirects/other-origin',
    theme: 'redirects',
    title: "an event's origin is that of the URL after redirects",
    clause: 'message-event',
    server: [to('{there}/moved', 307), { body: ['data: a\n\n'] }],
    expected: {
      events: [{ data: 'a', origin: 'there' }],
      requests: [{ origin: 'here' }, { origin: 'there', path: 'moved' }],
    },
  },
  {
    id: 'redirects/other-origin-reconnect',
    theme: 'redirects',
    title: 'a reconnect after a redirect to another origin goes there, with the last id',
    clause: 'current-url',
    server: [
      to('{there}/moved', 307),
      { body: ['retry: 1\nid: 1\ndata: a\n\n'], ending: 'end' },
      { body: ['id: 2\ndata: b\n\n'] },
    ],
    expected: {
      events: [
        { data: 'a', lastEventId: '1' },
        { data: 'b', lastEventId: '2' },
      ],
      requests: [
        { origin: 'here' },
        { origin: 'there' },
        { origin: 'there', path: 'moved', lastEventId: '1' },
      ],
    },
  },
  {
    id: 'redirects/keeps-id',
    theme: 'redirects',
    title: 'a redirect of a reconnect carries the last id on',
    clause: 'last-event-id-header',
    server: [
      { body: ['retry: 1\nid: 1\ndata: a\n\n'], ending: 'end' },
      to('{here}/moved', 307),
      { body: ['id: 2\ndata: b\n\n'] },
    ],
    expected: {
      events: [
        { data: 'a', lastEventId: '1' },
        { data: 'b', lastEventId: '2' },
      ],
      requests: [
        { lastEventId: null },
        { path: 'stream', lastEventId: '1' },
        { path: 'moved', lastEventId: '1' },
      ],
    },
  },
  {
    id: 'redirects/url-stays',
    theme: 'redirects',
    title: 'the url attribute stays what the constructor was given',
    clause: 'url',
    server: [to('{here}/moved', 301), { body: ['data: a\n\n'] }],
    expected: { events: [{ data: 'a' }], atEnd: { url: '{here}/stream' } },
  },
  {
    id: 'redirects/to-error',
    theme: 'redirects',
    title: 'a redirect to a status that is not 200 fails the connection',
    clause: 'status',
    server: [{ body: ['retry: 1\n\n'], ending: 'end' }, to('{here}/moved'), { status: 404, ending: 'end' }],
    expected: { events: [], lifecycle: ['open 1', 'error 0', 'error 2'], finalState: 2 },
    quietMs: 80,
  },
  {
    id: 'redirects/to-other-type',
    theme: 'redirects',
    title: 'a redirect to another content type fails the connection',
    clause: 'content-type',
    server: [
      { body: ['retry: 1\n\n'], ending: 'end' },
      to('{here}/login', 303),
      { contentType: 'text/html', body: ['data: a\n\n'], ending: 'end' },
    ],
    expected: { events: [], lifecycle: ['open 1', 'error 0', 'error 2'], finalState: 2 },
    quietMs: 80,
  },
  {
    id: 'redirects/no-location',
    theme: 'redirects',
    title: 'a redirect without Location is a status that is not 200',
    clause: 'status',
    server: [
      { body: ['retry: 1\n\n'], ending: 'end' },
      { status: 302, framing: 'length', body: ['data: a\n\n'], ending: 'end' },
    ],
    expected: { events: [], lifecycle: ['open 1', 'error 0', 'error 2'], finalState: 2 },
    quietMs: 80,
  },
  {
    id: 'redirects/300',
    theme: 'redirects',
    title: '300 is no redirect, but a status that is not 200',
    clause: 'status',
    server: [
      { body: ['retry: 1\n\n'], ending: 'end' },
      {
        status: 300,
        headers: { Location: '{here}/moved' },
        framing: 'length',
        body: ['data: a\n\n'],
        ending: 'end',
      },
    ],
    expected: { events: [], lifecycle: ['open 1', 'error 0', 'error 2'], finalState: 2 },
    quietMs: 80,
  },
];
