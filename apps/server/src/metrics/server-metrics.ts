import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Snapshot } from './snapshot.ts';

/** Of this process: its own registry, with the metrics of the process itself. */
export interface ServerMetrics {
  readonly registry: Registry;
  /** A connection was closed unserved. */
  readonly dropped: () => void;
  /** All of it as of now, as it travels to the primary. */
  snapshot(): Promise<Snapshot>;
}

/** Heap, descriptors, event-loop lag and processor time, under the names that every Node process has for them. */
export function createServerMetrics(version: string): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'sse_build_info',
    help: 'Always 1; the version is its label',
    labelNames: ['version'],
    aggregator: 'first',
    registers: [registry],
  }).set({ version }, 1);
  new Gauge({
    name: 'sse_processes',
    help: 'Processes whose numbers are in this answer: with WORKERS these and the primary',
    registers: [registry],
  }).set(1);

  const connections = new Counter({
    name: 'sse_dropped_connections_total',
    help: 'Connections closed because there were as many as descriptors allow',
    registers: [registry],
  });

  return {
    registry,
    dropped: () => connections.inc(),
    async snapshot() {
      const metrics = await registry.getMetricsAsJSON();
      // The mean over all workers would hide the one that stalls.
      return metrics.map((metric) =>
        metric.name.startsWith('nodejs_eventloop_lag_') ? { ...metric, aggregator: 'max' } : metric,
      );
    },
  };
}
