import { expect, test } from 'vitest';
import { METRICS, metricEvent } from './metric.ts';

const NOW = '2026-11-24T12:00:00.000Z';
const CPU = { name: 'cpu_usage', unit: 'percent', decimals: 1 } as const;

test('a reading becomes the payload of an event, rounded', () => {
  expect(metricEvent(CPU, 45.2345, NOW)).toEqual({
    type: 'metric',
    name: 'cpu_usage',
    value: 45.2,
    unit: 'percent',
    timestamp: NOW,
  });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is no reading', (value) => {
  for (const metric of METRICS) expect(metricEvent(metric, value, NOW)).toBeUndefined();
});

test('a value that rounds to zero is a plain zero', () => {
  expect(metricEvent(CPU, -0.01, NOW)?.value).toBe(0);
});
