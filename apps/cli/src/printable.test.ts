import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test('what moves a cursor, colours or turns a line around is shown as its code', () => {
  expect(printable('a\u001b[2Jb\nc\u009b1m\u202e\u2028')).toBe('a\\u001b[2Jb\\u000ac\\u009b1m\\u202e\\u2028');
});

test('letters, signs and pictures stay', () => {
  expect(printable('Grüße, 世界 👋 "x"')).toBe('Grüße, 世界 👋 "x"');
});

test('JSON means the same as before', () => {
  const value = { text: 'a\u007f\u009b\u2028\u{e0001}\ud800', n: 1 };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
});
