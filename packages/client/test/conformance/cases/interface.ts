import type { ConformanceCase, Expected } from '../case.ts';
import type { ClauseName } from '../clauses.ts';

const probed = (
  name: string,
  title: string,
  clause: ClauseName,
  expected: Expected,
  client: ConformanceCase['client'] = {},
): ConformanceCase => ({
  id: `interface/${name}`,
  theme: 'interface',
  title,
  clause,
  server: [{ body: ['data: a\n\n'] }],
  client,
  expected: { events: [{ data: 'a' }], ...expected },
});

export const INTERFACE: readonly ConformanceCase[] = [
  probed('constants', 'the source has the constants', 'constants', {
    atStart: { CONNECTING: 0, OPEN: 1, CLOSED: 2 },
  }),
  probed('static-constants', 'its class has the constants', 'constants', {
    atStart: { 'static CONNECTING': 0, 'static OPEN': 1, 'static CLOSED': 2 },
  }),
  probed('url', 'url is the serialized URL', 'url', {
    atStart: { url: '{here}/stream' },
    atEnd: { url: '{here}/stream' },
  }),
  probed(
    'url-normalized',
    'url is normalized, and keeps its fragment',
    'url',
    { atStart: { url: '{here}/stream?q=%20x#f' }, requests: [{ path: 'stream?q=%20x' }] },
    { suffix: '/../stream?q= x#f' },
  ),
  probed('no-credentials', 'withCredentials is false by default', 'credentials', {
    atStart: { withCredentials: false },
  }),
  probed(
    'credentials',
    'withCredentials is true where it was asked for',
    'credentials',
    { atStart: { withCredentials: true } },
    { withCredentials: true },
  ),
  probed('handlers-null', 'the handlers are null at first', 'handlers', {
    atStart: { onopen: null, onmessage: null, onerror: null },
  }),
  probed('event-target', 'the source is an EventTarget', 'handlers', { atStart: { 'is EventTarget': true } }),
  probed('bad-url', 'a URL that cannot be parsed throws a SyntaxError', 'bad-url', {
    atStart: { 'throws for http://[': 'SyntaxError' },
  }),
  probed(
    'message-event',
    'a message is a MessageEvent at its source that neither bubbles nor can be cancelled',
    'message-event',
    {
      events: [
        {
          data: 'a',
          origin: 'here',
          shape: { interface: 'MessageEvent', bubbles: false, cancelable: false, atSource: true },
        },
      ],
    },
  ),
  {
    id: 'interface/named-shape',
    theme: 'interface',
    title: 'a named event is a MessageEvent too',
    clause: 'event-type',
    server: [{ body: ['event: x\nid: 1\ndata: a\n\n'] }],
    expected: {
      events: [
        {
          type: 'x',
          data: 'a',
          lastEventId: '1',
          origin: 'here',
          shape: { interface: 'MessageEvent', bubbles: false, cancelable: false, atSource: true },
        },
      ],
    },
  },
  {
    id: 'interface/handlers',
    theme: 'interface',
    title: 'onopen, onmessage and onerror are called',
    clause: 'handlers',
    server: [
      { body: ['retry: 1\ndata: a\n\nevent: x\ndata: b\n\n'], ending: 'end' },
      { body: ['data: c\n\n'] },
    ],
    client: { attributes: true },
    expected: {
      events: [{ data: 'a' }, { data: 'c' }],
      lifecycle: ['open 1', 'error 0', 'open 1'],
      order: ['open', 'a', 'error', 'open', 'c'],
    },
  },
  {
    id: 'interface/cross-origin',
    theme: 'interface',
    title: "an event's origin is that of its stream",
    clause: 'message-event',
    server: [{ body: ['data: a\n\n'] }],
    client: { crossOrigin: true },
    expected: { events: [{ data: 'a', origin: 'there' }] },
  },
];
