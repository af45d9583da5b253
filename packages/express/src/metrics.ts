export { broadcasterMetrics, type MetricsOptions } from './metrics/broadcaster-metrics.ts';
export { countRefusals } from './metrics/count-refusals.ts';
export { measuredHooks } from './metrics/measured-hooks.ts';
export { measuredLog } from './metrics/measured-log.ts';
export { type MetricsEndpointOptions, type MetricsSource, metrics } from './metrics/metrics-endpoint.ts';
