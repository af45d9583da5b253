import { expect, test } from 'vitest';
import { median, ratios, summarize } from './statistics.ts';

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
