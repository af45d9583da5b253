import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/event-log.ts';
import { encodeEntry } from '../../src/frame.ts';
import { type Encode, framesArriveAsSent, noDataMakesAFieldOfItsOwn } from './frames.ts';

const real: Encode = (entry) => encodeEntry(entry).bytes;

/** The parts of a frame, each of which a mutant replaces. */
interface Parts {
  readonly id: (entry: Entry) => string;
  readonly event: (entry: Entry) => string;
  readonly lines: (data: string) => readonly string[];
  readonly line: (line: string) => string;
  readonly end: string;
}

const right: Parts = {
  id: ({ id }) => `id: ${id}\n`,
  event: ({ event }) => `event: ${event ?? 'data'}\n`,
  lines: (data) => data.split(/\r\n|\r|\n/),
  line: (line) => `data: ${line}\n`,
  end: '\n',
};

const encoder = new TextEncoder();
const encodeWith =
  ({ id, event, lines, line, end }: Parts): Encode =>
  (entry) =>
    encoder.encode(id(entry) + event(entry) + lines(entry.data).map(line).join('') + end);

const withoutLastEmpty = (lines: readonly string[]): readonly string[] =>
  lines.length > 1 && lines.at(-1) === '' ? lines.slice(0, -1) : lines;

const mutants: Readonly<Record<string, Partial<Parts>>> = {
  'CR is no line end': { lines: (data) => data.split(/\r?\n/) },
  'LF is no line end': { lines: (data) => data.split(/\r\n|\r/) },
  'CRLF ends two lines': { lines: (data) => data.split(/[\r\n]/) },
  'LF CR ends one line': { lines: (data) => data.split(/\r\n|\n\r|\r|\n/) },
  'U+2028 ends a line': { lines: (data) => data.split(/\r\n|\r|\n|\u2028/) },
  'a last empty line is lost': { lines: (data) => withoutLastEmpty(right.lines(data)) },
  'empty lines are lost': { lines: (data) => right.lines(data).filter((line) => line !== '') },
  'empty data has no line': { lines: (data) => (data === '' ? [] : right.lines(data)) },
  'lines are joined by a space': { lines: (data) => [right.lines(data).join(' ')] },
  'a leading space is swallowed': { line: (line) => `data:${line}\n` },
  'lines are trimmed': { line: (line) => `data: ${line.trim()}\n` },
  'only the first line is named': {
    lines: (data) => [right.lines(data).join('\n')],
  },
  'a byte order mark is dropped': { lines: (data) => right.lines(data.replace(/^\ufeff/, '')) },
  'NUL ends the data': { lines: (data) => right.lines(data.split('\0')[0] ?? '') },
  'what is beyond ASCII is replaced': { lines: (data) => right.lines(data.replace(/[^\0-\x7f]/gu, '?')) },
  'the name of the event is left out': { event: () => '' },
  'the name of the event is always `data`': { event: () => 'event: data\n' },
  'the name of the event is in lower case': {
    event: ({ event }) => `event: ${event?.toLowerCase() ?? 'data'}\n`,
  },
  'the id is left out': { id: () => '' },
  'the id is always the same': { id: () => 'id: m-0\n' },
  'the id comes after the end': { id: () => '', end: '\nid: m-1\n' },
  'the end of a frame is missing': { end: '' },
};

/** What hostile data can show: the property of single lines sees no event, and knows one id. */
const breakouts: readonly string[] = [
  'CR is no line end',
  'LF is no line end',
  'only the first line is named',
  'a leading space is swallowed',
  'the name of the event is left out',
  'the id is left out',
  'the end of a frame is missing',
];

const mutant = (fault: string): Encode => encodeWith({ ...right, ...mutants[fault] });

describe('any strings, joined and cut anywhere, arrive as they were sent, in order', () => {
  test('from the encoder', () => framesArriveAsSent(real));

  test('from the one that the mutants are made of', () => framesArriveAsSent(encodeWith(right)));

  test.each(Object.keys(mutants))('but not where %s', (fault) => {
    expect(() => framesArriveAsSent(mutant(fault))).toThrow(/^Property failed after/);
  });
});

describe('no data makes a field of its own', () => {
  test('in the encoder', () => noDataMakesAFieldOfItsOwn(real));

  test('in the one that the mutants are made of', () => noDataMakesAFieldOfItsOwn(encodeWith(right)));

  test.each(breakouts)('but it does where %s', (fault) => {
    expect(() => noDataMakesAFieldOfItsOwn(mutant(fault))).toThrow(/^Property failed after/);
  });
});
