import type { SeriesBuffer } from './series-buffer.ts';

/** Times in seconds, and at each its value, or `null` where the line is broken. */
export type ChartData = [times: number[], values: (number | null)[]];

/** What a chart shows: from, to, in milliseconds. */
export type TimeRange = readonly [from: number, to: number];

/** A hole this many times as wide as the points usually are apart breaks the line, but never one below the least. */
const BREAK_FACTOR = 2.5;
const LEAST_BREAK_MS = 2_500;

/**
 * The points of a range, with a break in every hole: where points are missing by the clock, and at each of `cuts`, the
 * times at which something may have been lost. One point outside of each end leads the line out of the picture.
 */
export function chartData(
  series: SeriesBuffer,
  [from, to]: TimeRange,
  cuts: readonly number[] = [],
): ChartData {
  const times: number[] = [];
  const values: (number | null)[] = [];
  const breakMs = Math.max(LEAST_BREAK_MS, BREAK_FACTOR * series.typicalSpacingMs());
  const last = Math.min(series.times.length - 1, series.indexAfter(to));
  let previous: number | undefined;
  for (let index = Math.max(0, series.indexAfter(from) - 1); index <= last; index++) {
    const time = series.times[index] as number;
    if (previous !== undefined && isBroken(previous, time, breakMs, cuts)) {
      times.push((previous + time) / 2_000);
      values.push(null);
    }
    times.push(time / 1_000);
    values.push(series.values[index] as number);
    previous = time;
  }
  return [times, values];
}

function isBroken(before: number, after: number, breakMs: number, cuts: readonly number[]): boolean {
  return after - before > breakMs || cuts.some((cut) => before <= cut && cut < after);
}
