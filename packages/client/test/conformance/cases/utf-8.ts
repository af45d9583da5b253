import { byteByByte, type ConformanceCase, utf8 } from '../case.ts';
import { parse } from './parse-case.ts';

const decode = parse('UTF-8', 'decode');

export const UTF_8: readonly ConformanceCase[] = [
  decode('two', 'a character of two bytes is decoded', utf8('data: é\n\n'), ['é']),
  decode('three', 'a character of three bytes is decoded', utf8('data: ok…\n\n'), ['ok…']),
  decode('four', 'a character of four bytes is decoded', utf8('data: 😀\n\n'), ['😀']),
  decode('split', 'a character in two packets is one character', ['data: \xe2\x82', 20, '\xac\n\n'], ['€']),
  decode(
    'split-four',
    'a character in four packets is one character',
    byteByByte('data: \xf0\x9f\x98\x80\n\n'),
    ['😀'],
  ),
  decode('lone', 'a byte that begins nothing becomes U+FFFD', 'data: a\xffb\n\n', ['a\ufffdb']),
  decode('continuation', 'a continuation byte alone becomes U+FFFD', 'data: a\x80b\n\n', ['a\ufffdb']),
  decode('overlong', 'each byte of an overlong form becomes U+FFFD', 'data: \xc0\x80\n\n', ['\ufffd\ufffd']),
  decode('overlong-lf', 'an overlong LF ends no line', 'data: a\xc0\x8adata: b\n\n', [
    'a\ufffd\ufffddata: b',
  ]),
  decode('surrogate', 'each byte of an encoded surrogate becomes U+FFFD', 'data: \xed\xa0\x80\n\n', [
    '\ufffd\ufffd\ufffd',
  ]),
  decode('beyond', 'bytes beyond U+10FFFF become U+FFFD', 'data: \xf4\x90\x80\x80\n\n', [
    '\ufffd\ufffd\ufffd\ufffd',
  ]),
  decode(
    'cut-by-lf',
    'a character that LF cuts becomes U+FFFD, and LF ends the line',
    'data: \xe2\x82\n\ndata: a\n\n',
    ['\ufffd', 'a'],
  ),
  decode('cut-by-letter', 'a character that a letter cuts becomes one U+FFFD', 'data: \xf0\x9f\x98x\n\n', [
    '\ufffdx',
  ]),
  decode('latin-1', 'bytes of Latin-1 are not taken for it', 'data: caf\xe9\n\n', ['caf\ufffd']),
  decode('in-event', 'an event type may have any character', utf8('event: größe\ndata: a\n\n'), [
    { type: 'größe', data: 'a' },
  ]),
  decode('in-id', 'an id may have any character', utf8('id: …\ndata: a\n\n'), [
    { data: 'a', lastEventId: '…' },
  ]),
  decode('in-name', 'a field name with an invalid byte is another name', 'da\xffta: a\ndata: b\n\n', ['b']),
  decode(
    'noncharacters',
    'noncharacters and U+FFFD are kept',
    utf8('data: \uffff\ufffe\ufffd\u{10ffff}\n\n'),
    ['\uffff\ufffe\ufffd\u{10ffff}'],
  ),
  decode('controls', 'control characters are kept', 'data: \x01\x07\x1b\x7f\t\n\n', ['\x01\x07\x1b\x7f\t']),
  {
    id: 'utf-8/each-stream',
    theme: 'UTF-8',
    title: 'a character that the end of a stream cuts does not reach into the next',
    clause: 'decode',
    server: [
      { body: ['retry: 1\ndata: a\n\ndata: \xe2'], ending: 'end' },
      { body: ['\x82\xacdata: b\n\ndata: c\n\n'] },
    ],
    expected: { events: [{ data: 'a' }, { data: 'c' }] },
  },
];
