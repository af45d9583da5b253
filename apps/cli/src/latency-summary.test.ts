import { expect, test } from 'vitest';
import { latencySummary } from './latency-summary.ts';

test('percentiles are latencies that were measured, by the nearest rank', () => {
  const latencies = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(latencySummary(latencies)).toEqual({ p50_ms: 100, p95_ms: 190, p99_ms: 198, max_ms: 200 });
});

test('one latency is all of them, and none is none', () => {
  expect(latencySummary([1.234])).toEqual({ p50_ms: 1.23, p95_ms: 1.23, p99_ms: 1.23, max_ms: 1.23 });
  expect(latencySummary([])).toEqual({ p50_ms: null, p95_ms: null, p99_ms: null, max_ms: null });
});
