import { type ConformanceCase, utf8 } from '../case.ts';

const message = (data: string, lastEventId: string) => ({ data, lastEventId });

/** A stream that ends after a message with this id, and `rest`: the next request has these bytes as Last-Event-ID. */
function sent(name: string, title: string, id: string, bytes: string | null, rest = ''): ConformanceCase {
  return {
    id: `cursor-on-the-wire/${name}`,
    theme: 'cursor on the wire',
    title,
    clause: 'last-event-id-header',
    server: [{ body: [`retry: 1\nid: ${utf8(id)}\ndata: a\n\n${rest}`], ending: 'end' }, {}],
    expected: { events: [message('a', id)], requests: [{ lastEventId: null }, { lastEventId: bytes }] },
  };
}

export const CURSOR: readonly ConformanceCase[] = [
  sent('empty', 'no id is sent where none was set', '', null),
  sent('only-id', 'the id of a block without data is sent', '1', '2', 'id: 2\n\n'),
  sent('only-empty-id', 'no id is sent where a block without data reset it', '1', null, 'id:\n\n'),
  sent('unfinished', 'the id of an unfinished block is not sent', '1', '1', 'id: 2\n'),
  sent('nul', 'an id with NUL is not sent', '1', '1', 'id: 2\0\n\n'),
  sent('latin-1', 'an id is sent in UTF-8, also where Latin-1 could hold it', 'é', utf8('é')),
  sent('three-bytes', 'an id beyond Latin-1 is sent in UTF-8', '…', utf8('…')),
  sent('four-bytes', 'an id beyond the basic plane is sent in UTF-8', '😀', utf8('😀')),
  sent('replaced', 'U+FFFD in an id is sent as it is', 'a\ufffd', utf8('a\ufffd')),
  sent(
    'punctuation',
    'an id is sent as it is, neither quoted nor encoded',
    '1-a:b,c;d="e"%20\\{}[]()<>@?/=&',
    '1-a:b,c;d="e"%20\\{}[]()<>@?/=&',
  ),
  sent('inner-spaces', 'spaces within an id are sent', 'a  b', 'a  b'),
  sent('zero', 'the id 0 is sent', '0', '0'),
  sent('long', 'an id of 3,000 characters is sent whole', 'x'.repeat(3_000), 'x'.repeat(3_000)),
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
    id: 'cursor-on-the-wire/reset',
    theme: 'cursor on the wire',
    title: 'no id is sent where an event reset it',
    clause: 'last-event-id-header',
    server: [{ body: ['retry: 1\nid: 1\ndata: a\n\nid:\ndata: b\n\n'], ending: 'end' }, {}],
    expected: {
      events: [message('a', '1'), message('b', '')],
      requests: [{ lastEventId: null }, { lastEventId: null }],
    },
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
