import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { duration, list, wholeNumber } from './arguments.ts';

test.each([
  ['90', 90],
  ['90s', 90],
  ['15m', 900],
  ['1h', 3_600],
  ['7d', 604_800],
])('%s is %d seconds', (text, seconds) => {
  expect(duration(text)).toBe(seconds);
});

test.each(['', '0', '-1', '1.5h', '1w', 'h', '1e3'])('%j is no duration', (text) => {
  expect(() => duration(text)).toThrow(InvalidArgumentError);
});

test.each(['0', '11', '1.5', '1e1', '0x2', ' 2', ''])('%j is no whole number from 1 to 10', (text) => {
  expect(() => wholeNumber(1, 10)(text)).toThrow('Expected a whole number from 1 to 10.');
});

test('a list may be given in one or in several arguments, without empty names', () => {
  expect(list('b, c', list('a'))).toEqual(['a', 'b', 'c']);
  expect(() => list('a,,b')).toThrow(InvalidArgumentError);
});
