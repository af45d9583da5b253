import { expect, test } from 'vitest';
import { tableOf, targetLines } from '../report/table.ts';
import type { Outcome, Scenario } from '../scenarios/scenario.ts';
import { judge, type ScenarioResult } from './results.ts';

const SCENARIO: Scenario = {
  name: 'T0',
  title: 'a scenario',
  systems: ['core', 'bare'],
  metrics: [
    { name: 'rate', label: 'rate/s', better: 'more' },
    { name: 'p99', label: 'p99 ms', better: 'less' },
  ],
  targets: [
    { ours: 'core', metric: 'rate', against: 'bare', bound: 0.9 },
    { ours: 'core', metric: 'p99', against: 'bare', bound: 1.15 },
    { ours: 'core', metric: 'p99', bound: 10 },
    { ours: 'core', metric: 'rate', against: 'nchan', bound: 1 },
  ],
  run: () => Promise.reject(new Error('Expected not to be run')),
};

function resultOf(core: readonly Outcome[], bare: readonly Outcome[]): ScenarioResult {
  const runs = [
    ...core.map((outcome, round) => ({ system: 'core', round, outcome })),
    ...bare.map((outcome, round) => ({ system: 'bare', round, outcome })),
  ];
  return { scenario: SCENARIO, runs, skipped: [{ system: 'nchan', why: 'not here' }] };
}

const good = (rate: number, p99: number): Outcome => ({ values: { rate, p99 } });

test('a target is judged by the median of the ratios within rounds', () => {
  const result = resultOf(
    [good(95, 11), good(50, 12), good(10, 90)],
    [good(100, 10), good(50, 11), good(100, 10)],
  );
  expect(judge(result).map(({ result: came, value }) => [came, value?.median])).toEqual([
    ['met', 0.95],
    ['met', 1.1],
    ['not met', 12],
    ['unknown', undefined],
  ]);
});

test('a void run counts for nothing, and the table says why', () => {
  const result = resultOf(
    [{ ...good(1_000, 1), isVoid: '3 lost' }, good(40, 10)],
    [good(100, 10), good(100, 10)],
  );
  expect(judge(result)[0]).toMatchObject({ result: 'not met', value: { median: 0.4, runs: 1 } });
  expect(tableOf(result).rows[0]?.at(-1)).toBe('1 of 2 void: 3 lost');
});

test('a system that could not run is in the table as skipped', () => {
  const { head, rows } = tableOf(resultOf([good(1, 1)], [good(1, 1)]));
  expect(rows.map(([name]) => name)).toEqual(['core', 'bare', 'nchan']);
  expect(rows.at(-1)?.at(-1)).toBe('skipped: not here');
  for (const row of rows) expect(row).toHaveLength(head.length);
});

test('a run in which the load was the limit, or others used the cores, is marked', () => {
  const usage = { serverCpu: 0.8, loadCpu: 0.95, otherCpu: 0.3, loadLimited: true };
  const { rows } = tableOf(resultOf([{ ...good(1, 1), usage }], []));
  expect(rows[0]?.at(-1)).toBe('load was the limit in 1 of 1; noisy in 1 of 1');
});

test('a target says what was asked, what came, and whether it was met', () => {
  expect(targetLines(resultOf([good(95, 11)], [good(100, 10)]))).toEqual([
    'core rate/s ≥ 0.9 × bare: met, 0.95',
    'core p99 ms ≤ 1.15 × bare: met, 1.10',
    'core p99 ms ≤ 10: not met, 11.0',
    'core rate/s ≥ 1 × nchan: not measured',
  ]);
});
