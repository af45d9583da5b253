import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from 'prom-client';

/** The metrics of one process at one moment, as JSON. */
export type Snapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** One registry with what many processes have: each metric by the rule that it names, sums where it names none. */
export function mergeSnapshots(snapshots: readonly Snapshot[]): Registry {
  return AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot]));
}

/** Of a snapshot, what only ever grows. */
export function countersOf(snapshot: Snapshot): Snapshot {
  // prom-client types this as an enumeration of numbers, and fills in words.
  return snapshot.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
}
