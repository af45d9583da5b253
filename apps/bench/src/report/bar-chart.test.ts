import { expect, test } from 'vitest';
import { barChart } from './bar-chart.ts';
import { figure } from './figures.ts';

test('the longest bar fits, and the others are in proportion', () => {
  const chart = barChart('Rate', 'events/s', [
    { label: 'core', kind: 'ours', value: 100, min: 90, max: 110 },
    { label: 'loop', kind: 'peer', value: 50, min: 40, max: 60 },
  ]);
  const widths = [...chart.matchAll(/width="([\d.]+)" height="20"/g)].map(([, width]) => Number(width));
  expect(widths).toEqual([500, 250]);
});

test('a title with markup is text', () => {
  expect(barChart('<b> & "c"', 'ms', [])).toContain('&lt;b&gt; &amp;');
});

test('figures have three digits, and thousands are short', () => {
  expect([0.951, 9.951, 12.34, 139, 1_234, 9_999, 139_400, 1_434_000].map(figure)).toEqual([
    '0.95',
    '10.0',
    '12.3',
    '139',
    '1.2 k',
    '10 k',
    '139 k',
    '1.43 M',
  ]);
  expect(figure(Number.NaN)).toBe('-');
});
