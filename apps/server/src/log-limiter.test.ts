import { expect, test } from 'vitest';
import { createLogLimiter } from './log-limiter.ts';

test('a key passes once an interval, and is told how often it was held back', () => {
  let clock = 0;
  const mayLog = createLogLimiter(() => clock, 60_000);
  expect(mayLog('a')).toBe(0);
  expect(mayLog('a')).toBeUndefined();
  expect(mayLog('b')).toBe(0);
  clock = 59_999;
  expect(mayLog('a')).toBeUndefined();
  clock = 60_000;
  expect(mayLog('a')).toBe(2);
  clock = 200_000;
  expect(mayLog('a')).toBe(0);
});
