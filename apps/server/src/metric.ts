export type MetricName =
  | 'cpu_usage'
  | 'memory_usage'
  | 'load_1m'
  | 'event_loop_lag_ms'
  | 'network_rx_bytes_per_s'
  | 'sse_clients';

/** A metric's name, unit, and the decimals that its values are worth. */
export interface Metric {
  readonly name: MetricName;
  readonly unit: string;
  readonly decimals: number;
}

/** The payload of an event with topic `metric`. `value` is always finite. */
export interface MetricEvent {
  readonly type: 'metric';
  readonly name: MetricName;
  readonly value: number;
  readonly unit: string;
  readonly timestamp: string;
}

/** Every metric that the server knows, in the order in which they are published. */
export const METRICS: readonly Metric[] = Object.freeze([
  Object.freeze({ name: 'cpu_usage', unit: 'percent', decimals: 1 }),
  Object.freeze({ name: 'memory_usage', unit: 'percent', decimals: 1 }),
  Object.freeze({ name: 'load_1m', unit: 'tasks', decimals: 2 }),
  Object.freeze({ name: 'event_loop_lag_ms', unit: 'ms', decimals: 1 }),
  Object.freeze({ name: 'network_rx_bytes_per_s', unit: 'bytes_per_s', decimals: 0 }),
  Object.freeze({ name: 'sse_clients', unit: 'clients', decimals: 0 }),
]);

/** A reading as the payload of an event; `undefined` for a value that is not finite. */
export function metricEvent(metric: Metric, value: number, timestamp: string): MetricEvent | undefined {
  if (!Number.isFinite(value)) return undefined;
  const rounded = Number(value.toFixed(metric.decimals));
  // -0 would go out as 0, but not compare as one.
  return {
    type: 'metric',
    name: metric.name,
    value: rounded === 0 ? 0 : rounded,
    unit: metric.unit,
    timestamp,
  };
}
