import { expect, test } from 'vitest';
import { MAX_POINTS, SeriesBuffer, SLOT_MS } from './series-buffer.ts';

function seriesOf(...times: readonly number[]): SeriesBuffer {
  const series = new SeriesBuffer();
  for (const time of times) series.add(time, time / 10);
  return series;
}

test('points stand in the order of their times, whenever they come', () => {
  const series = seriesOf(1_000, 5_000, 6_000, 2_000, 4_000, 3_000, 0);
  expect(series.times).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000]);
  expect(series.values).toEqual([0, 100, 200, 300, 400, 500, 600]);
});

test('a point that comes a second time changes nothing', () => {
  const series = seriesOf(1_000, 2_000, 3_000);
  series.add(2_000, 200);
  expect(series.times).toEqual([1_000, 2_000, 3_000]);
});

test('of points in one slot the newest stands, in whichever order they come', () => {
  const series = seriesOf(1_000, 1_000 + SLOT_MS / 2, 2_000 + SLOT_MS / 2, 2_000);
  expect(series.times).toEqual([1_000 + SLOT_MS / 2, 2_000 + SLOT_MS / 2]);
});

test('it never holds more than its bound, and keeps the newest', () => {
  const series = new SeriesBuffer();
  const count = MAX_POINTS * 3;
  for (let index = 0; index < count; index++) series.add(index * 1_000, index);
  expect(series.times.length).toBeLessThanOrEqual(MAX_POINTS);
  expect(series.times.length).toBeGreaterThan(MAX_POINTS / 2);
  expect(series.values.at(-1)).toBe(count - 1);
});

test('a full buffer takes no point that is older than all of its own', () => {
  const series = new SeriesBuffer();
  for (let index = 1; index <= MAX_POINTS; index++) series.add(index * 1_000, index);
  series.add(0, 0);
  expect(series.times[0]).toBe(1_000);
  expect(series.times).toHaveLength(MAX_POINTS);
});

test('it tells where a time would be', () => {
  const series = seriesOf(1_000, 2_000, 3_000);
  expect([0, 1_000, 1_500, 3_000, 9_000].map((time) => series.indexAfter(time))).toEqual([0, 1, 1, 3, 3]);
});

test('the usual distance of points is not that of one hole', () => {
  expect(seriesOf(0, 1_000, 2_000, 60_000, 61_000, 62_000).typicalSpacingMs()).toBe(1_000);
  expect(new SeriesBuffer().typicalSpacingMs()).toBe(1_000);
});
