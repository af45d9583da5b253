import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';

test('quantiles are within one percent of the exact ones', () => {
  const histogram = new Histogram();
  for (let value = 1; value <= 100_000; value++) histogram.add(value);
  for (const share of [0.01, 0.5, 0.9, 0.99, 0.999]) {
    const exact = share * 100_000;
    expect(Math.abs(histogram.quantile(share) - exact) / exact).toBeLessThan(0.01);
  }
  expect(histogram.max).toBe(100_000);
});

test('small values are exact', () => {
  const histogram = new Histogram();
  for (const value of [1, 2, 3, 100]) histogram.add(value);
  expect(histogram.quantile(0.5)).toBe(2);
  expect(histogram.quantile(1)).toBe(100);
});

test('nothing measured is 0, as is a clock that ran back', () => {
  const histogram = new Histogram();
  expect(histogram.quantile(0.99)).toBe(0);
  histogram.add(-3);
  expect(histogram.quantile(0.99)).toBe(0);
  expect(histogram.count).toBe(1);
});

test('what is beyond the last bucket is counted in it', () => {
  const histogram = new Histogram();
  histogram.add(2 ** 40);
  expect(histogram.count).toBe(1);
  expect(histogram.quantile(0.5)).toBeGreaterThan(2 ** 31);
});
