import { byteByByte, type ConformanceCase, type ExpectedEvent, everySplit, utf8 } from '../case.ts';
import { parse } from './parse-case.ts';

const chunk = parse('chunking', 'lines');

const TEXT = 'event: e\nid: 1\ndata: a b\ndata:c\n\n: x\ndata:d\n\n';
const EVENTS: readonly ExpectedEvent[] = [
  { type: 'e', data: 'a b\nc', lastEventId: '1' },
  { data: 'd', lastEventId: '1' },
];
const UTF_8 = utf8('data: aé€😀\nid: ü\n\n');
const UTF_8_EVENT: ExpectedEvent = { data: 'aé€😀', lastEventId: 'ü' };

const times = (count: number, events: readonly ExpectedEvent[]) =>
  Array.from({ length: count }, () => events).flat();
// A last CR with nothing behind it is a matter of its own: see line-ends/cr-at-once.
const ended = (end: string) => TEXT.replaceAll('\n', end);

export const CHUNKING: readonly ConformanceCase[] = [
  chunk('bytes-lf', 'a stream of LF lines may come byte by byte', byteByByte(TEXT), EVENTS),
  chunk('bytes-crlf', 'a stream of CRLF lines may come byte by byte', byteByByte(ended('\r\n')), EVENTS),
  chunk('bytes-cr', 'a stream of CR lines may come byte by byte', byteByByte(`${ended('\r')}:`), EVENTS),
  chunk('bytes-utf-8', 'characters of two, three and four bytes may come byte by byte', byteByByte(UTF_8), [
    UTF_8_EVENT,
  ]),
  chunk(
    'splits-lf',
    'a stream of LF lines may be cut at every position',
    everySplit(TEXT),
    times(TEXT.length, EVENTS),
  ),
  chunk(
    'splits-crlf',
    'a stream of CRLF lines may be cut at every position',
    everySplit(ended('\r\n')),
    times(ended('\r\n').length, EVENTS),
  ),
  chunk(
    'splits-cr',
    'a stream of CR lines may be cut at every position',
    [...everySplit(ended('\r')), ':'],
    times(TEXT.length, EVENTS),
  ),
  chunk(
    'splits-utf-8',
    'a stream may be cut within a character, wherever it is',
    everySplit(UTF_8),
    times(UTF_8.length, [UTF_8_EVENT]),
  ),
  chunk('whole', 'one packet may hold several blocks', `${TEXT}${TEXT}${TEXT}`, times(3, EVENTS)),
  chunk('in-name', 'a field name may come in two packets', ['da', 20, 'ta: a\n\n'], ['a']),
  chunk(
    'before-space',
    'a colon and the space after it may come in two packets',
    ['data:', 20, ' a\n\n'],
    ['a'],
  ),
  chunk(
    'line-feeds',
    'a line end and the blank line after it may come in two packets',
    ['data: a\n', 20, '\n', 20, 'data: b\n', 20, '\n'],
    ['a', 'b'],
  ),
  parse('chunking', 'buffering')(
    'at-once',
    'an event is dispatched before the next one begins',
    ['data: a\n\n'],
    ['a'],
  ),
  parse('chunking', 'buffering')(
    'before-rest',
    'an event is dispatched while the next one is unfinished',
    ['data: a\n\nevent: b\ndata: b'],
    ['a'],
  ),
  {
    id: 'chunking/close-delimited',
    theme: 'chunking',
    title: 'a body may last until its connection ends',
    clause: 'end-of-body',
    server: [{ framing: 'close', body: ['retry: 1\ndata: a\n\n'], ending: 'end' }, { body: ['data: b\n\n'] }],
    expected: { events: [{ data: 'a' }, { data: 'b' }] },
  },
  {
    id: 'chunking/content-length',
    theme: 'chunking',
    title: 'a body may have a length',
    clause: 'end-of-body',
    server: [
      { framing: 'length', body: ['retry: 1\ndata: a\n\n'], ending: 'end' },
      { body: ['data: b\n\n'] },
    ],
    expected: { events: [{ data: 'a' }, { data: 'b' }] },
  },
];
