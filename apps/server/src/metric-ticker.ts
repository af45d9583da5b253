import { type AlertRule, alertFor } from './alert-rules.ts';
import { METRICS, type MetricEvent, type MetricName, metricEvent } from './metric.ts';
import type { ProducedEvent } from './publisher.ts';
import type { MetricReader } from './telemetry.ts';

export interface MetricTickerOptions {
  readonly rules: readonly AlertRule[];
  /** Publishes an event and answers whether it could. */
  readonly send: (event: ProducedEvent) => Promise<boolean>;
  /** Told of each reading that failed. */
  readonly onError: (name: MetricName, error: unknown) => void;
}

/** Reads the metrics and publishes them, and the alerts that they call for. */
export interface MetricTicker {
  /** One round. While one is under way, a second is skipped and counted. */
  tick(readers: readonly MetricReader[]): Promise<void>;
  /** Whether every reading of the last round failed. */
  readonly isFailing: boolean;
  readonly skippedTicks: number;
}

export function createMetricTicker({ rules, send, onError }: MetricTickerOptions): MetricTicker {
  const raised = new Set<MetricName>();
  let isTicking = false;
  let isFailing = false;
  let skippedTicks = 0;

  function read(readers: readonly MetricReader[]): readonly MetricEvent[] {
    const timestamp = new Date().toISOString();
    const readings: MetricEvent[] = [];
    let failures = 0;
    for (const reader of readers) {
      try {
        const metric = METRICS.find(({ name }) => name === reader.name);
        const reading = metric && metricEvent(metric, reader.read() ?? Number.NaN, timestamp);
        if (reading !== undefined) readings.push(reading);
      } catch (error) {
        failures++;
        onError(reader.name, error);
      }
    }
    isFailing = failures > 0 && failures === readers.length;
    return readings;
  }

  async function publish(reading: MetricEvent): Promise<boolean> {
    if (!(await send({ topic: 'metric', data: reading }))) return false;
    for (const rule of rules) {
      if (rule.name !== reading.name) continue;
      const alert = alertFor(rule, raised.has(rule.name), reading);
      if (alert === undefined) continue;
      // Only an alert that went out changes the state; the next round tries again with one that did not.
      if (!(await send({ topic: 'alert', data: alert }))) return false;
      if (alert.state === 'raised') raised.add(rule.name);
      else raised.delete(rule.name);
    }
    return true;
  }

  return {
    async tick(readers) {
      if (isTicking) {
        skippedTicks++;
        return;
      }
      isTicking = true;
      try {
        // The rest of a round is old by the time that publishing works again.
        for (const reading of read(readers)) if (!(await publish(reading))) break;
      } finally {
        isTicking = false;
      }
    },
    get isFailing() {
      return isFailing;
    },
    get skippedTicks() {
      return skippedTicks;
    },
  };
}
