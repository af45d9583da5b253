import { byteByByte, type ConformanceCase, utf8 } from '../case.ts';
import { parse } from './parse-case.ts';

const BOM = utf8('\ufeff');
const bom = parse('byte order mark', 'bom');

export const BYTE_ORDER_MARK: readonly ConformanceCase[] = [
  bom('one', 'a leading mark is stripped', `${BOM}data: a\n\n`, ['a']),
  bom('before-comment', 'a leading mark before a comment is stripped', `${BOM}: c\ndata: a\n\n`, ['a']),
  bom('before-blank', 'a leading mark before a blank line is stripped', `${BOM}\ndata: a\n\n`, ['a']),
  bom(
    'two',
    'of two leading marks one is stripped, and the other begins a field name',
    `${BOM}${BOM}data: a\n\ndata: b\n\n`,
    ['b'],
  ),
  bom('three', 'of three leading marks one is stripped', `${BOM}${BOM}${BOM}data: a\ndata: b\n\n`, ['b']),
  bom('bytes', 'a mark is stripped when it comes byte by byte', byteByByte(`${BOM}data: a\n\n`), ['a']),
  bom(
    'two-bytes',
    'of two marks that come byte by byte one is stripped',
    byteByByte(`${BOM}${BOM}data: a\n\ndata: b\n\n`),
    ['b'],
  ),
  bom(
    'later',
    'a mark at the start of a later line is part of the field name',
    `data: a\n${BOM}data: b\n\n`,
    ['a'],
  ),
  bom(
    'later-block',
    'a mark at the start of a later block is part of the field name',
    `data: a\n\n${BOM}data: b\n\ndata: c\n\n`,
    ['a', 'c'],
  ),
  bom('in-value', 'a mark in a value is kept', `data: ${BOM}a${BOM}\n\n`, ['\ufeffa\ufeff']),
  bom(
    'latin-1',
    'the letters that a mark would be in Latin-1 are no mark',
    utf8('ï»¿data: a\n\ndata: b\n\n'),
    ['b'],
  ),
  bom('utf-16', 'the mark of UTF-16 is no mark', '\xff\xfedata: a\n\ndata: b\n\n', ['b']),
  bom('part', 'the first two bytes of a mark are not stripped', '\xef\xbbdata: a\n\ndata: b\n\n', ['b']),
  {
    id: 'byte-order-mark/each-stream',
    theme: 'byte order mark',
    title: 'a leading mark is stripped from each stream',
    clause: 'bom',
    server: [{ body: [`${BOM}retry: 1\ndata: a\n\n`], ending: 'end' }, { body: [`${BOM}data: b\n\n`] }],
    expected: { events: [{ data: 'a' }, { data: 'b' }] },
  },
  {
    id: 'byte-order-mark/alone',
    theme: 'byte order mark',
    title: 'a stream of nothing but a mark fires no message',
    clause: 'bom',
    server: [
      { body: ['retry: 1\n\n'], ending: 'end' },
      { body: [BOM], ending: 'end' },
      { body: ['data: a\n\n'] },
    ],
    expected: { events: [{ data: 'a' }] },
  },
];
