import type { MetricEvent, MetricName } from './metric.ts';
import { METRICS } from './metric.ts';

/**
 * When a metric is worth an alert. It is raised at `raise` or above and cleared only below `clear`, so that a value
 * that swings around one threshold does not raise and clear with every reading.
 */
export interface AlertRule {
  readonly name: MetricName;
  readonly raise: number;
  /** Above 0 (else nothing could clear it) and at most `raise`. */
  readonly clear: number;
}

export type AlertState = 'raised' | 'cleared';

/** The payload of an event with topic `alert`. `threshold` is the one that was crossed. */
export interface AlertEvent {
  readonly type: 'alert';
  readonly name: MetricName;
  readonly state: AlertState;
  readonly value: number;
  readonly threshold: number;
  readonly timestamp: string;
}

const RULE = /^([a-z0-9_]+):(\d{1,15}(?:\.\d{1,6})?):(\d{1,15}(?:\.\d{1,6})?)$/;

/**
 * Rules from a text such as `cpu_usage:90:75,load_1m:8:4`; `none` stands for no rules.
 *
 * @returns `undefined` for a text that breaks the grammar, an unknown metric, one named twice, or `clear` above `raise`.
 */
export function parseAlertRules(text: string): readonly AlertRule[] | undefined {
  if (text === 'none') return [];
  const rules = new Map<string, AlertRule>();
  for (const part of text.split(',')) {
    const [, name, raiseText, clearText] = RULE.exec(part.trim()) ?? [];
    const metric = METRICS.find((known) => known.name === name);
    const raise = Number(raiseText);
    const clear = Number(clearText);
    // Written so that NaN, from a part that did not match, fails too.
    if (metric === undefined || rules.has(metric.name) || !(clear > 0 && clear <= raise)) return undefined;
    rules.set(metric.name, { name: metric.name, raise, clear });
  }
  return [...rules.values()];
}

/** The alert that a reading calls for, or `undefined` if its state stays as it `isRaised`. */
export function alertFor(rule: AlertRule, isRaised: boolean, reading: MetricEvent): AlertEvent | undefined {
  const { value, timestamp } = reading;
  const alert = { type: 'alert', name: rule.name, value, timestamp } as const;
  if (!isRaised && value >= rule.raise) return { ...alert, state: 'raised', threshold: rule.raise };
  if (isRaised && value < rule.clear) return { ...alert, state: 'cleared', threshold: rule.clear };
  return undefined;
}
