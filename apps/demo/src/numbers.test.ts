import { describe, expect, test } from 'vitest';
import { formatAge, formatBytes, formatDuration, formatRate } from './format.ts';
import { LatencyMeter } from './latency-meter.ts';
import { axisTop, METRIC_VIEWS } from './metric-catalog.ts';
import { RateMeter } from './rate-meter.ts';
import { ReplayWatch } from './replay-watch.ts';

test('bytes have the unit that keeps them short', () => {
  expect([0, 999, 1_000, 1_250, 123_456, 999_999, 5e9].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.3 kB',
    '123 kB',
    '1.0 MB',
    '5.0 GB',
  ]);
});

test('times and rates show what matters of them', () => {
  expect([0, 12.4, 999.7, 5_240, 59_600, 200_000, 7_500_000, -350].map(formatDuration)).toEqual([
    '0 ms',
    '12 ms',
    '1.0 s',
    '5.2 s',
    '1 min',
    '3 min 20 s',
    '2 h 5 min',
    '-350 ms',
  ]);
  expect([-5, 900, 1_900, 61_000].map(formatAge)).toEqual([
    'just now',
    'just now',
    '1 s ago',
    '1 min 1 s ago',
  ]);
  expect([0, 0.42, 4.23, 42.3, 4_213].map(formatRate)).toEqual(['0', '0.4', '4.2', '42', '4,213']);
});

describe('an axis', () => {
  const view = (name: string) => METRIC_VIEWS.find((metric) => metric.name === name) ?? METRIC_VIEWS[0];
  test.each([
    ['cpu_usage', 3, 100],
    ['cpu_usage', 100, 100],
    ['load_1m', 0.1, 2],
    ['load_1m', 4.2, 5],
    ['event_loop_lag_ms', 420, 500],
    ['sse_clients', Number.NaN, 4],
  ])('of %s with %d ends at %d', (name, max, top) => {
    const found = view(name);
    expect(found && axisTop(found, max)).toBe(top);
  });
});

describe('a rate', () => {
  test('is that of the last whole seconds', () => {
    const meter = new RateMeter();
    for (let ms = 0; ms < 10_000; ms += 100) meter.add(1, 1_000_000 + ms);
    expect(meter.perSecond(1_010_000)).toBe(10);
    expect(meter.perSecond(1_012_000)).toBe(6);
    expect(meter.perSecond(1_060_000)).toBe(0);
  });

  test('of a stream that has just begun is not made smaller by the time before', () => {
    const meter = new RateMeter();
    for (let ms = 0; ms < 2_000; ms += 100) meter.add(1, 1_000_000 + ms);
    expect(meter.perSecond(1_002_000)).toBe(10);
    expect(new RateMeter().perSecond(5)).toBe(0);
  });
});

test('the latency is the median of the last samples', () => {
  const meter = new LatencyMeter();
  expect(meter.medianMs).toBeUndefined();
  for (const age of [3, 900, 5]) meter.add(age);
  expect(meter.medianMs).toBe(5);
  for (let index = 0; index < 100; index++) meter.add(7);
  expect(meter.medianMs).toBe(7);
});

describe('an event is replayed', () => {
  test('when it was made before the connection that brings it, and nothing live came yet', () => {
    const watch = new ReplayWatch();
    watch.connected(10_000, 'resumed');
    const taken = [8_000, 9_000, undefined, 10_050, undefined, 9_999].map((time) => watch.take(time, 10_060));
    expect([taken, watch.count]).toEqual([[true, true, true, false, false, false], 3]);
  });

  test('never, where nothing was asked for', () => {
    const watch = new ReplayWatch();
    expect(watch.take(1, 2)).toBe(false);
    watch.connected(10_000, 'new');
    expect(watch.take(9_000, 10_001)).toBe(false);
  });

  test('and not when it says no time, and comes long after', () => {
    const watch = new ReplayWatch();
    watch.connected(10_000, 'reset');
    expect(watch.take(undefined, 15_000)).toBe(false);
  });
});
