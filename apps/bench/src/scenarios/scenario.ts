import type { Usage } from '../run/stage.ts';

/** What one run of one system came to. */
export interface Outcome {
  /** By the names of the scenario's metrics. */
  readonly values: Readonly<Record<string, number>>;
  /** Why nothing of it counts: an event was lost, repeated or out of order, or a connection. */
  readonly isVoid?: string;
  readonly usage?: Usage;
}

export interface Metric {
  readonly name: string;
  /** As the table's head shows it, with its unit. */
  readonly label: string;
  readonly better: 'more' | 'less';
}

/** What ours must reach against another system in the same run. */
export interface Target {
  readonly ours: string;
  readonly metric: string;
  /** Absent: `bound` is a figure, not a ratio. */
  readonly against?: string;
  /** The metric of the other system, where it is another one. */
  readonly againstMetric?: string;
  /** At least this where more is better, at most this where less is. */
  readonly bound: number;
}

/** How long, and how much of it, a run is. */
export interface Scale {
  readonly isQuick: boolean;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Minutes of a soak. */
  readonly minutes: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What is compared, by name: systems, or what only this scenario knows. */
  readonly systems: readonly string[];
  readonly metrics: readonly Metric[];
  readonly targets: readonly Target[];
  /** Not among those of `--quick`. */
  readonly isLong?: boolean;
  /** How often it is run where that is less than usual, because once takes long. */
  readonly rounds?: number;
  /** Why something can't run on this machine; absent where it can. */
  missing?(system: string): string | undefined;
  run(system: string, scale: Scale): Promise<Outcome>;
}

/** Shown for events of any system: what it can't have had if the run counts. */
export function faultOf(verdict: {
  readonly lost: number;
  readonly repeated: number;
  readonly disordered: number;
  readonly closed: number;
  readonly wrong?: string;
}): string | undefined {
  const { lost, repeated, disordered, closed, wrong } = verdict;
  if (lost + repeated + disordered + closed === 0) return wrong;
  return `${lost} lost, ${repeated} repeated, ${disordered} out of order, ${closed} connections closed`;
}
