import { expect, test } from 'vitest';
import { groupOf, type LogLine, LogRing, MAX_LINE_CHARACTERS } from './log-ring.ts';

const line = (text: string): LogLine => ({ time: 0, group: 'info', level: 'info', source: 'test', text });

test('the newest lines are kept, and keep their numbers', () => {
  const ring = new LogRing({ maxLines: 3 });
  for (const text of 'abcde') ring.push(line(text));
  expect([ring.first, ring.end, ring.size]).toEqual([2, 5, 3]);
  expect([1, 2, 3, 4, 5].map((number) => ring.at(number)?.text)).toEqual([
    undefined,
    'c',
    'd',
    'e',
    undefined,
  ]);
});

test('characters are bounded as well as lines', () => {
  const ring = new LogRing({ maxLines: 100, maxCharacters: 25 });
  for (let index = 0; index < 50; index++) ring.push(line('0123456789'));
  expect([ring.size, ring.characters]).toEqual([2, 20]);
});

test('a line that is too long is cut, and says so', () => {
  const ring = new LogRing();
  ring.push(line('x'.repeat(100_000)));
  const { text = '' } = ring.at(0) ?? {};
  expect(text.length).toBeLessThan(MAX_LINE_CHARACTERS + 20);
  expect(text).toMatch(/x … \[cut\]$/);
});

test('levels are shown in groups; one that nobody knows counts as info', () => {
  expect(['trace', 'warn', 'fatal', '__proto__', 'LOUD'].map(groupOf)).toEqual([
    'debug',
    'warn',
    'error',
    'info',
    'info',
  ]);
});
