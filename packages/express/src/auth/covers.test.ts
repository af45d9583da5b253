import { expect, test } from 'vitest';
import { covers } from './covers.ts';

test.each([
  ['**', 'a'],
  ['**', '**'],
  ['**', 'a.*.c'],
  ['a.**', 'a.b'],
  ['a.**', 'a.b.**'],
  ['a.*', 'a.b'],
  ['a.*', 'a.*'],
  ['*', 'a'],
  ['a.b', 'a.b'],
])('%s covers %s', (allowed, asked) => {
  expect(covers(allowed, asked)).toBe(true);
});

test.each([
  ['a', '**'],
  ['*', '**'],
  ['a.*', 'a.**'],
  ['a.**', 'a'],
  ['a.**', '**'],
  ['a.b', 'a.*'],
  ['a.*', 'a.b.c'],
  ['a.*.c', 'a.b'],
  ['a', 'A'],
  ['orders.eu.**', 'orders.us.x'],
])('%s does not cover %s', (allowed, asked) => {
  expect(covers(allowed, asked)).toBe(false);
});
