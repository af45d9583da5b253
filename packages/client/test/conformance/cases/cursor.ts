import { type ConformanceCase, utf8 } from '../case.ts';

/** A stream that sets this id and ends: the next request has these bytes as Last-Event-ID, or none. */
function sent(name: string, title: string, blocks: string, bytes: string | null): ConformanceCase {
  return {
    id: `cursor-on-the-wire/${name}`,
    theme: 'cursor on the wire',
    title,
    clause: 'last-event-id-header',
    server: [{ body: [`retry: 1\n\n${blocks}`], ending: 'end' }, {}],
    expected: { requests: [{ lastEventId: null }, { lastEventId: bytes }] },
    client: { listen: [] },
  };
}

const message = (data: string, lastEventId: string) => ({ data, lastEventId });

export const CURSOR: readonly ConformanceCase[] = [
  sent('only-id', 'the id of a block without data is sent', 'id: 1\n\n', '1'),
  sent('none', 'no id is sent where none was set', ': c\n\n', null),
  sent('empty', 'no id is sent where it was reset', 'id: 1\n\nid:\n\n', null),
  sent('latest', 'the latest id is sent', 'id: 1\n\nid: 2\n\n', '2'),
  sent('unfinished', 'the id of an unfinished block is not sent', 'id: 1\n\nid: 2\n', '1'),
  sent('nul', 'an id with NUL is not sent', 'id: 1\n\nid: 2\0\n\n', '1'),
  sent('latin-1', 'an id is sent in UTF-8, also where Latin-1 could hold it', utf8('id: é\n\n'), utf8('é')),
  sent('three-bytes', 'an id beyond Latin-1 is sent in UTF-8', utf8('id: …\n\n'), utf8('…')),
  sent('four-bytes', 'an id beyond the basic plane is sent in UTF-8', utf8('id: 😀\n\n'), utf8('😀')),
  sent('replaced', 'an invalid byte in an id is sent as U+FFFD', 'id: a\xff\n\n', utf8('a\ufffd')),
  sent(
    'punctuation',
    'an id is sent as it is, neither quoted nor encoded',
    'id: 1-a:b,c;d="e"%20\\{}[]()<>@?/=&\n\n',
    '1-a:b,c;d="e"%20\\{}[]()<>@?/=&',
  ),
  sent('inner-spaces', 'spaces within an id are sent', 'id: a  b\n\n', 'a  b'),
  sent('zero', 'the id 0 is sent', 'id: 0\n\n', '0'),
  sent('long', 'an id of 3,000 characters is sent whole', `id: ${'x'.repeat(3_000)}\n\n`, 'x'.repeat(3_000)),
  {
    id: 'cursor-on-the-wire/with-data',
    theme: 'cursor on the wire',
    title: 'the id of the last event is sent',
    clause: 'last-event-id-header',
    server: [
      { body: ['retry: 1\nid: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n'], ending: 'end' },
      { body: ['id: 3\ndata: d\n\n'] },
    ],
    expected: {
      events: [message('a', '1'), message('b', '2'), message('c', '2'), message('d', '3')],
      requests: [{ lastEventId: null }, { lastEventId: '2' }],
    },
  },
  {
    id: 'cursor-on-the-wire/each',
    theme: 'cursor on the wire',
    title: 'each reconnect sends the id of then',
    clause: 'last-event-id-header',
    server: [
      { body: ['retry: 1\nid: 1\ndata: a\n\n'], ending: 'end' },
      { body: ['id: 2\ndata: b\n\n'], ending: 'end' },
      { body: ['id: 3\ndata: c\n\n'], ending: 'end' },
      { body: ['id: 4\ndata: d\n\n'] },
    ],
    expected: {
      events: [message('a', '1'), message('b', '2'), message('c', '3'), message('d', '4')],
      requests: [{ lastEventId: null }, { lastEventId: '1' }, { lastEventId: '2' }, { lastEventId: '3' }],
    },
  },
  {
    id: 'cursor-on-the-wire/after-nothing',
    theme: 'cursor on the wire',
    title: 'the id is sent again after a stream without a block',
    clause: 'last-event-id-header',
    server: [
      { body: ['retry: 1\nid: 1\ndata: a\n\n'], ending: 'end' },
      { framing: 'length', ending: 'end' },
      { body: [': unfinished'], ending: 'end' },
      { body: ['id: 2\ndata: b\n\n'] },
    ],
    expected: {
      events: [message('a', '1'), message('b', '2')],
      requests: [{ lastEventId: null }, { lastEventId: '1' }, { lastEventId: '1' }, { lastEventId: '1' }],
    },
  },
  {
    id: 'cursor-on-the-wire/after-network-error',
    theme: 'cursor on the wire',
    title: 'the id is sent again after a network error',
    clause: 'last-event-id-header',
    server: [
      { body: ['retry: 1\nid: 1\ndata: a\n\n'], ending: 'cut', heard: 1 },
      { instead: 'reset' },
      { body: ['id: 2\ndata: b\n\n'] },
    ],
    expected: {
      events: [message('a', '1'), message('b', '2')],
      requests: [{ lastEventId: null }, { lastEventId: '1' }, { lastEventId: '1' }],
    },
  },
  {
    id: 'cursor-on-the-wire/not-repeated',
    theme: 'cursor on the wire',
    title: 'the header has the latest id alone, not a list of them',
    clause: 'last-event-id-header',
    server: [{ body: ['retry: 1\nid: 1\n\n'], ending: 'end' }, { body: ['id: 2\n\n'], ending: 'end' }, {}],
    expected: { requests: [{ lastEventId: null }, { lastEventId: '1' }, { lastEventId: '2' }] },
  },
  {
    id: 'cursor-on-the-wire/request',
    theme: 'cursor on the wire',
    title: 'a request is a GET that bypasses caches',
    clause: 'no-store',
    server: [{ body: ['retry: 1\ndata: a\n\n'], ending: 'end' }, { body: ['data: b\n\n'] }],
    expected: {
      events: [{ data: 'a' }, { data: 'b' }],
      requests: [
        { method: 'GET', path: 'stream', headers: { 'cache-control': /no-cache|no-store/ } },
        { method: 'GET', path: 'stream', headers: { 'cache-control': /no-cache|no-store/ } },
      ],
    },
  },
  {
    id: 'cursor-on-the-wire/accept',
    theme: 'cursor on the wire',
    title: 'a request accepts an event stream',
    clause: 'accept',
    server: [{ body: ['data: a\n\n'] }],
    expected: {
      events: [{ data: 'a' }],
      requests: [{ headers: { accept: /(.*\btext\/event-stream\b.*|.*\*\/\*.*)/ } }],
    },
  },
  {
    id: 'cursor-on-the-wire/query',
    theme: 'cursor on the wire',
    title: 'each request has the query of the URL, and nothing added',
    clause: 'current-url',
    server: [{ body: ['retry: 1\nid: 1\ndata: a\n\n'], ending: 'end' }, { body: ['id: 2\ndata: b\n\n'] }],
    client: { suffix: '?a=b&c=%20' },
    expected: {
      events: [message('a', '1'), message('b', '2')],
      requests: [{ path: 'stream?a=b&c=%20' }, { path: 'stream?a=b&c=%20', lastEventId: '1' }],
    },
  },
];
