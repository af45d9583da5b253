import { expect, test } from 'vitest';
import { chartData } from './chart-data.ts';
import { SeriesBuffer } from './series-buffer.ts';

function seriesOf(...seconds: readonly number[]): SeriesBuffer {
  const series = new SeriesBuffer();
  for (const second of seconds) series.add(second * 1_000, second);
  return series;
}

test('points that follow one another make one line', () => {
  expect(chartData(seriesOf(1, 2, 3), [0, 10_000])).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test('no line is drawn across a hole', () => {
  expect(chartData(seriesOf(1, 2, 12, 13), [0, 20_000])[1]).toEqual([1, 2, null, 12, 13]);
});

test('points that fill a hole later close it', () => {
  const series = seriesOf(1, 2, 7, 8);
  for (const second of [3, 4, 5, 6]) series.add(second * 1_000, second);
  expect(chartData(series, [0, 20_000])[1]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('what is missing is judged by how far apart the points usually are', () => {
  const rare = seriesOf(0, 60, 120, 180, 240);
  expect(chartData(rare, [0, 300_000])[1]).not.toContain(null);
});

test('the line is broken where something may be missing, however near the points are', () => {
  expect(chartData(seriesOf(1, 2, 3), [0, 10_000], [2_400])[1]).toEqual([1, 2, null, 3]);
  expect(chartData(seriesOf(1, 2, 3), [0, 10_000], [2_000, 9_000])[1]).toEqual([1, 2, null, 3]);
});

test('one point beyond each end leads the line out of the picture', () => {
  expect(chartData(seriesOf(1, 2, 3, 4, 5), [2_500, 3_500])[1]).toEqual([2, 3, 4]);
  expect(chartData(new SeriesBuffer(), [0, 1])).toEqual([[], []]);
});
