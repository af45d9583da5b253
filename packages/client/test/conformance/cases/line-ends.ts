import { type ConformanceCase, utf8 } from '../case.ts';
import { parse } from './parse-case.ts';

const line = parse('line ends', 'lines');

export const LINE_ENDS: readonly ConformanceCase[] = [
  line('lf', 'LF ends a line', 'data: a\ndata: b\n\ndata: c\n\n', ['a\nb', 'c']),
  line('crlf', 'CRLF ends a line, once', 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n', ['a\nb', 'c']),
  line('cr', 'CR ends a line', 'data: a\rdata: b\r\rdata: c\r\r:', ['a\nb', 'c']),
  line('mixed', 'all three line ends may stand in one stream', 'data: a\rdata: b\r\ndata: c\n\r\n', [
    'a\nb\nc',
  ]),
  line(
    'mixed-blank',
    'a blank line may end otherwise than the line before it',
    'data: a\r\n\rdata: b\r\n\n',
    ['a', 'b'],
  ),
  line('lf-cr', 'LF CR are two line ends', 'data: a\n\rdata: b\n\r:', ['a', 'b']),
  line('cr-crlf', 'CR CRLF are two line ends', 'data: a\r\r\ndata: b\r\r\n', ['a', 'b']),
  line('cr-lf-lf', 'CRLF LF are two line ends', 'data: a\r\n\ndata: b\r\n\n', ['a', 'b']),
  line('crlf-in-data', 'CRLF within a block starts no new one', 'data: a\r\ndata: b\ndata: c\r\n\r\n', [
    'a\nb\nc',
  ]),
  line(
    'crlf-split',
    'CR and LF in two packets are one line end',
    ['data: a\r', 20, '\ndata: b\n\n'],
    ['a\nb'],
  ),
  line(
    'blank-crlf-split',
    'the LF of a blank line that came late ends no second line',
    ['data: a\r\n\r', 20, '\ndata: b\r\n\r', 20, '\nevent: x\n: c\ndata: c\n\n'],
    ['a', 'b', { type: 'x', data: 'c' }],
  ),
  parse('line ends', 'buffering')(
    'cr-at-once',
    'a block that CR ends is dispatched though no byte follows',
    ['data: a\r\r'],
    ['a'],
  ),
  parse('line ends', 'buffering')(
    'crlf-cr-at-once',
    'a block of CRLF lines is dispatched at the CR of its blank line',
    ['data: a\r\n\r'],
    ['a'],
  ),
  {
    id: 'line-ends/cr-at-end',
    theme: 'line ends',
    title: 'the CR that is the last byte of a stream ends its block',
    clause: 'lines',
    server: [
      { body: ['retry: 1\rdata: a\r\r'], ending: 'end' },
      { body: ['data: b\r\n\r'], ending: 'end' },
      { body: ['data: c\n\n'] },
    ],
    expected: { events: [{ data: 'a' }, { data: 'b' }, { data: 'c' }] },
  },
  line('vt-ff', 'vertical tab and form feed end no line', 'data: a\x0bdata: b\x0cdata: c\n\n', [
    'a\x0bdata: b\x0cdata: c',
  ]),
  line('nel', 'U+0085 ends no line', utf8('data: a\u0085data: b\n\n'), ['a\u0085data: b']),
  line('ls-ps', 'U+2028 and U+2029 end no line', utf8('data: a\u2028b\u2029c\n\n'), ['a\u2028b\u2029c']),
  line('nul', 'NUL ends no line', 'data: a\0b\n\n', ['a\0b']),
  line('leading', 'blank lines before the first block fire nothing', '\n\r\n\r\n\n\rdata: a\n\n', ['a']),
  line(
    'many-blank',
    'several blank lines between blocks fire nothing',
    'data: a\n\n\n\r\r\n\n\ndata: b\n\n',
    ['a', 'b'],
  ),
];
