import { expect, test } from 'vitest';
import { median, ratios, slope, summarize } from './statistics.ts';

test('the median is the middle one, or the mean of the middle two', () => {
  expect(median([30, 10, 20])).toBe(20);
  expect(median([40, 10, 20, 30])).toBe(25);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

test('one wild run moves the median by no more than a neighbour', () => {
  expect(summarize([100, 102, 5_000])).toEqual({ median: 102, min: 100, max: 5_000, runs: 3 });
});

test('ratios are made within a round, and a round without both is left out', () => {
  const ours = new Map([
    [0, 90],
    [1, 45],
    [3, 1],
  ]);
  const theirs = new Map([
    [0, 100],
    [1, 50],
    [2, 70],
  ]);
  expect(ratios(ours, theirs)).toEqual([0.9, 0.9]);
});

test('the slope of a line is found, and noise around it is its error', () => {
  const line = Array.from({ length: 20 }, (_, x) => [x, 5 + 3 * x] as const);
  expect(slope(line).perUnit).toBeCloseTo(3);
  expect(slope(line).error).toBeCloseTo(0);
  const noisy = line.map(([x, y]) => [x, y + (x % 2 === 0 ? 4 : -4)] as const);
  expect(slope(noisy).error).toBeGreaterThan(0.1);
  expect(Math.abs(slope(noisy).perUnit - 3)).toBeLessThan(2 * slope(noisy).error);
});
