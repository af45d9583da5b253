import { describe, expect, test } from 'vitest';
import { type AlertRule, alertFor, parseAlertRules } from './alert-rules.ts';
import type { MetricEvent } from './metric.ts';

const RULE: AlertRule = { name: 'cpu_usage', raise: 90, clear: 75 };
const TIMESTAMP = '2026-11-24T12:00:00.000Z';

function reading(value: number): MetricEvent {
  return { type: 'metric', name: 'cpu_usage', value, unit: 'percent', timestamp: TIMESTAMP };
}

describe('an alert', () => {
  test('is raised at the threshold, with the value that crossed it', () => {
    expect(alertFor(RULE, false, reading(89.9))).toBeUndefined();
    expect(alertFor(RULE, false, reading(90))).toEqual({
      type: 'alert',
      name: 'cpu_usage',
      state: 'raised',
      value: 90,
      threshold: 90,
      timestamp: TIMESTAMP,
    });
  });

  test('is cleared only below the lower threshold', () => {
    expect(alertFor(RULE, true, reading(89))).toBeUndefined();
    expect(alertFor(RULE, true, reading(75))).toBeUndefined();
    expect(alertFor(RULE, true, reading(74.9))).toMatchObject({
      state: 'cleared',
      value: 74.9,
      threshold: 75,
    });
  });

  test('is neither raised nor cleared twice', () => {
    expect(alertFor(RULE, true, reading(99))).toBeUndefined();
    expect(alertFor(RULE, false, reading(1))).toBeUndefined();
  });

  test('does not follow a value that swings between the thresholds', () => {
    const values = [80, 91, 89, 91, 76, 90, 74, 80, 89, 90];
    let isRaised = false;
    const states = values.map((value) => {
      const alert = alertFor(RULE, isRaised, reading(value));
      if (alert !== undefined) isRaised = alert.state === 'raised';
      return alert?.state;
    });
    expect(states.flatMap((state, index) => (state ? [`${values[index]} ${state}`] : []))).toEqual([
      '91 raised',
      '74 cleared',
      '90 raised',
    ]);
  });
});

describe('a text of rules', () => {
  test('names a metric and two thresholds a rule', () => {
    expect(parseAlertRules('cpu_usage:90:75, load_1m:8.5:8.5')).toEqual([
      { name: 'cpu_usage', raise: 90, clear: 75 },
      { name: 'load_1m', raise: 8.5, clear: 8.5 },
    ]);
  });

  test('that is `none` holds no rules', () => {
    expect(parseAlertRules('none')).toEqual([]);
  });

  test.each([
    'cpu_usage',
    'cpu_usage:90',
    'cpu_usage:90:75:1',
    'cpu_usage:75:90', // clear above raise
    'cpu_usage:90:0', // could never be cleared
    'cpu_usage:0x9:1',
    'cpu_usage:-1:-2',
    'cpu_usage:90:75,',
    'cpu_usage:90:75,cpu_usage:95:90', // twice
    'cpu_usgae:90:75',
    'constructor:90:75',
  ])('%j is refused', (text) => {
    expect(parseAlertRules(text)).toBeUndefined();
  });
});
