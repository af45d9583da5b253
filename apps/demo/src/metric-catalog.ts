import { formatBytes, formatCount } from './format.ts';

/** How one metric is shown. */
export interface MetricView {
  readonly name: string;
  readonly title: string;
  /** A value with its unit. */
  readonly format: (value: number) => string;
  /** A value on the axis, short. */
  readonly formatAxis: (value: number) => string;
  /** The least upper end of the axis: below it a curve would exaggerate. */
  readonly leastTop: number;
  /** Whether the axis ends at `leastTop`, whatever comes. */
  readonly isFixed?: boolean;
}

const plain = (value: number): string => String(Number(value.toFixed(2)));

/** The metrics that get a chart, in their order on the page: those that the hub publishes. */
export const METRIC_VIEWS: readonly MetricView[] = Object.freeze([
  {
    name: 'cpu_usage',
    title: 'CPU',
    format: (value: number) => `${value.toFixed(1)} %`,
    formatAxis: plain,
    leastTop: 100,
    isFixed: true,
  },
  {
    name: 'memory_usage',
    title: 'Memory',
    format: (value: number) => `${value.toFixed(1)} %`,
    formatAxis: plain,
    leastTop: 100,
    isFixed: true,
  },
  {
    name: 'load_1m',
    title: 'Load, 1 min',
    format: (value: number) => value.toFixed(2),
    formatAxis: plain,
    leastTop: 2,
  },
  {
    name: 'event_loop_lag_ms',
    title: 'Event loop lag',
    format: (value: number) => `${value.toFixed(1)} ms`,
    formatAxis: plain,
    leastTop: 20,
  },
  {
    name: 'network_rx_bytes_per_s',
    title: 'Network received',
    format: (value: number) => `${formatBytes(value)}/s`,
    formatAxis: (value: number) => formatBytes(value).replace('.0', ''),
    leastTop: 1_000,
  },
  {
    name: 'sse_clients',
    title: 'SSE clients',
    format: formatCount,
    formatAxis: plain,
    leastTop: 4,
  },
]);

/** The upper end of an axis: a little above `max`, on a round number. */
export function axisTop({ leastTop, isFixed = false }: MetricView, max: number): number {
  if (isFixed || !Number.isFinite(max) || max <= leastTop) return leastTop;
  const wanted = max * 1.08;
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * magnitude >= wanted) ?? 10;
  return step * magnitude;
}
