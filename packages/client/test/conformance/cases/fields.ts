import { type ConformanceCase, type ExpectedEvent, utf8 } from '../case.ts';
import { parse } from './parse-case.ts';

const data = parse('fields', 'data');
const value = parse('fields', 'value');
const bare = parse('fields', 'no-colon');
const literally = parse('fields', 'literally');
const other = parse('fields', 'other-field');
const type = parse('fields', 'event-type');
const noData = parse('fields', 'no-data');
const named = (name: string, text = 'a'): ExpectedEvent => ({ type: name, data: text });

export const FIELDS: readonly ConformanceCase[] = [
  data('lines', 'lines of data are joined by LF', 'data: YHOO\ndata: +2\ndata: 10\n\n', ['YHOO\n+2\n10']),
  data(
    'apart',
    'lines of data are joined though other fields stand between',
    'data: a\nevent: x\ndata: b\n: c\ndata: c\n\n',
    [named('x', 'a\nb\nc')],
  ),
  data('empty-lines', 'empty lines of data are kept', 'data:\ndata: a\ndata:\ndata:\n\n', ['\na\n\n']),
  parse('fields', 'last-line-feed')('one-lf', 'only the last LF of the data is removed', 'data\ndata\n\n', [
    '\n',
  ]),
  bare('bare-data', 'data without a colon is an empty line of data', 'data\n\ndata: a\n\n', ['', 'a']),
  data('empty-data', 'an empty value of data fires an event with empty data', 'data:\n\ndata: \n\n', [
    '',
    '',
  ]),
  value('no-space', 'a value may follow its colon at once', 'data:a\n\n', ['a']),
  value('one-space', 'one space after the colon is removed', 'data:  a\n\n', [' a']),
  value('trailing', 'spaces at the end of a value are kept', 'data: a  \n\n', ['a  ']),
  value('tab', 'a tab after the colon is kept', 'data:\ta\n\n', ['\ta']),
  value('nbsp', 'a no-break space after the colon is kept', utf8('data:\u00a0a\n\n'), ['\u00a0a']),
  value('colons', 'only the first colon separates', 'data: a: b:c\n\ndata::a\n\n', ['a: b:c', ':a']),
  value('quotes', 'quotes and escapes have no meaning', 'data: "a\\n"\n\n', ['"a\\n"']),
  literally('upper', 'DATA is another field', 'DATA: a\nData: b\ndata: c\n\n', ['c']),
  literally('upper-event', 'Event is another field', 'Event: x\ndata: a\n\n', ['a']),
  literally('space-before', 'a space before a name makes another name', ' data: a\ndata: b\n\n', ['b']),
  literally('space-after', 'a space before the colon makes another name', 'data : a\ndata: b\n\n', ['b']),
  literally('tab-before', 'a tab before a name makes another name', '\tdata: a\ndata: b\n\n', ['b']),
  literally(
    'prefix',
    'a name that begins like a field is another name',
    'data1: a\ndat: b\ndataa\neventx: y\ndata: c\n\n',
    ['c'],
  ),
  literally('nul', 'a name with NUL is another name', 'data\0: a\n\0data: b\ndata: c\n\n', ['c']),
  other('unknown', 'unknown fields are ignored', 'foo: bar\nfoo\ndata: a\nxdata: b\n\n', ['a']),
  other(
    'hostile-names',
    'names of object properties are unknown fields',
    '__proto__: x\nconstructor: y\ntoString\ndata: a\n\n',
    ['a'],
  ),
  noData('unknown-only', 'a block of unknown fields fires nothing', 'foo: bar\n\ndata: a\n\n', ['a']),
  noData(
    'event-only',
    'a block with only a type fires nothing, and its type does not last',
    'event: x\n\ndata: a\n\n',
    ['a'],
  ),
  type('named', 'an event has the type that its block names', 'event: x\ndata: a\n\n', [named('x')]),
  type('after-data', 'a type may follow the data', 'data: a\nevent: x\n\n', [named('x')]),
  parse('fields', 'event')('last', 'of two types the last counts', 'event: x\nevent: y\ndata: a\n\n', [
    named('y'),
  ]),
  type('emptied', 'an empty type makes it a message again', 'event: x\nevent:\ndata: a\n\n', ['a']),
  type('empty', 'an empty type is message', 'event: \ndata: a\n\nevent\ndata: b\n\n', ['a', 'b']),
  type('message', 'the type message is message', 'event: message\ndata: a\n\n', ['a']),
  parse('fields', 'reset-buffers')(
    'not-kept',
    'a type counts for its own block only',
    'event: x\ndata: a\n\ndata: b\n\n',
    [named('x'), 'b'],
  ),
  parse('fields', 'reset-buffers')(
    'data-not-kept',
    'data counts for its own block only',
    'data: a\n\nevent: x\n\ndata: b\n\n',
    ['a', 'b'],
  ),
  type('case', 'types differ by case', 'event: X\ndata: a\n\nevent: x\ndata: b\n\n', [
    named('X'),
    named('x', 'b'),
  ]),
  type('spaces', 'a type keeps its spaces but the first', 'event:  x y \ndata: a\n\n', [named(' x y ')]),
  type('colon', 'a type may have a colon', 'event: a:b\ndata: a\n\n', [named('a:b')]),
  type('open', 'a message may have the type open', 'event: open\ndata: a\n\ndata: b\n\n', [
    named('open'),
    'b',
  ]),
  type(
    'error',
    'a message may have the type error, and the stream goes on',
    'event: error\ndata: a\n\ndata: b\n\n',
    [named('error'), 'b'],
  ),
  type(
    'proto',
    'a type may be the name of an object property',
    'event: __proto__\ndata: a\n\nevent: constructor\ndata: b\n\n',
    [named('__proto__'), named('constructor', 'b')],
  ),
  parse('fields', 'empty-line')(
    'standards-example',
    "the standard's first example fires three events",
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
    [{ data: 'first event', lastEventId: '1' }, 'second event', ' third event'],
  ),
  parse('fields', 'empty-line')(
    'standards-example-2',
    "the standard's second example fires two events",
    'data\n\ndata\ndata\n\ndata:',
    ['', '\n'],
  ),
  parse('fields', 'value')(
    'standards-example-3',
    "the standard's third example fires two events alike",
    'data:test\n\ndata: test\n\n',
    ['test', 'test'],
  ),
  {
    id: 'fields/not-listened',
    theme: 'fields',
    title: 'a named event does not fire message',
    clause: 'event-type',
    server: [{ body: ['event: x\ndata: a\n\ndata: b\n\n'] }],
    expected: { events: [{ data: 'b' }] },
  },
];
