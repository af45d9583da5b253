import { type ConformanceCase, type ExpectedEvent, utf8 } from '../case.ts';
import { parse } from './parse-case.ts';

const id = parse('ids', 'id');
const lasting = parse('ids', 'set-last-event-id');
const event = (data: string, lastEventId: string): ExpectedEvent => ({ data, lastEventId });

export const IDS: readonly ConformanceCase[] = [
  id('given', 'an event has the id of its block', 'id: 1\ndata: a\n\n', [event('a', '1')]),
  id('after-data', 'an id may follow the data', 'data: a\nid: 1\n\n', [event('a', '1')]),
  id('last', 'of two ids in a block the last counts', 'id: 1\nid: 2\ndata: a\n\n', [event('a', '2')]),
  lasting(
    'lasts',
    'an event without an id has the last one',
    'id: 1\ndata: a\n\ndata: b\n\nevent: x\ndata: c\n\n',
    [event('a', '1'), event('b', '1'), { type: 'x', ...event('c', '1') }],
  ),
  id('changes', 'a later id replaces the last one', 'id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n', [
    event('a', '1'),
    event('b', '2'),
    event('c', '2'),
  ]),
  id('empty', 'an empty id resets the last one', 'id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\n', [
    event('a', '1'),
    event('b', ''),
    event('c', ''),
  ]),
  id('bare', 'an id without a colon resets the last one', 'id: 1\ndata: a\n\nid\ndata: b\n\n', [
    event('a', '1'),
    event('b', ''),
  ]),
  lasting('only', 'a block with only an id fires nothing, and its id lasts', 'id: 1\n\ndata: a\n\n', [
    event('a', '1'),
  ]),
  lasting(
    'only-empty',
    'a block with only an empty id resets the last one',
    'id: 1\ndata: a\n\nid:\n\ndata: b\n\n',
    [event('a', '1'), event('b', '')],
  ),
  lasting(
    'only-many',
    'of several blocks with only an id the last counts',
    'id: 1\n\nid: 2\n\n: c\n\nid: 3\n\ndata: a\n\n',
    [event('a', '3')],
  ),
  id('nul', 'an id with NUL is ignored', 'id: a\0b\ndata: a\n\n', [event('a', '')]),
  id('nul-after', 'an id with NUL leaves the last one', 'id: 1\ndata: a\n\nid: \x002\ndata: b\n\n', [
    event('a', '1'),
    event('b', '1'),
  ]),
  id('nul-in-block', 'an id with NUL leaves the one before it in its block', 'id: 1\nid: 2\0\ndata: a\n\n', [
    event('a', '1'),
  ]),
  id('spaces', 'an id keeps its spaces but the first', 'id:  1 2 \ndata: a\n\n', [event('a', ' 1 2 ')]),
  id('text', 'an id need not be a number', 'id: 01-a:b;c="d"\ndata: a\n\n', [event('a', '01-a:b;c="d"')]),
  id('zero', 'the id 0 is an id', 'id: 0\ndata: a\n\ndata: b\n\n', [event('a', '0'), event('b', '0')]),
  id('huge-number', 'an id is no number', 'id: 9007199254740993\ndata: a\n\n', [
    event('a', '9007199254740993'),
  ]),
  id('upper', 'ID and Id are other fields', 'ID: 1\nId: 2\ndata: a\n\n', [event('a', '')]),
  id('utf-8', 'an id has its characters, not its bytes', utf8('id: é…😀\ndata: a\n\n'), [event('a', 'é…😀')]),
  {
    id: 'ids/unfinished',
    theme: 'ids',
    title: 'the id of an unfinished block does not count',
    clause: 'end-of-file',
    server: [
      { body: ['retry: 1\nid: 1\ndata: a\n\nid: 2\ndata: b\n'], ending: 'end' },
      { body: ['id: 3\ndata: c\n\n'] },
    ],
    expected: {
      events: [event('a', '1'), event('c', '3')],
      requests: [{ lastEventId: null }, { lastEventId: '1' }],
    },
  },
];
