import type { Outcome, Scenario, Target } from '../scenarios/scenario.ts';
import { median, ratios, type Summary, summarize } from '../statistics.ts';

/** Everything that one scenario came to, run by run. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly runs: readonly Run[];
  /** Systems that were left out, with the reason. */
  readonly skipped: readonly { readonly system: string; readonly why: string }[];
}

export interface Run {
  readonly system: string;
  readonly round: number;
  readonly outcome: Outcome;
}

/** How a target came out. `unknown` where a system that it needs has no run that counts. */
export interface Judged {
  readonly target: Target;
  readonly result: 'met' | 'not met' | 'unknown';
  /** The ratio, or the figure where the target is one. */
  readonly value?: Summary;
}

/** Values of one system by round, of the runs that count. */
export function valuesOf(
  { runs }: ScenarioResult,
  system: string,
  metric: string,
): ReadonlyMap<number, number> {
  const values = new Map<number, number>();
  for (const { round, outcome, system: name } of runs) {
    const value = outcome.values[metric];
    if (name === system && outcome.isVoid === undefined && value !== undefined) values.set(round, value);
  }
  return values;
}

export function summaryOf(result: ScenarioResult, system: string, metric: string): Summary | undefined {
  const values = [...valuesOf(result, system, metric).values()];
  return values.length === 0 ? undefined : summarize(values);
}

export function judge(result: ScenarioResult): readonly Judged[] {
  return result.scenario.targets.map((target) => {
    const { ours, against, metric, againstMetric = metric, bound } = target;
    const own = valuesOf(result, ours, metric);
    const values =
      against === undefined ? [...own.values()] : ratios(own, valuesOf(result, against, againstMetric));
    if (values.length === 0) return { target, result: 'unknown' };
    const isMore = result.scenario.metrics.find(({ name }) => name === metric)?.better === 'more';
    const middle = median(values);
    const isMet = isMore ? middle >= bound : middle <= bound;
    return { target, result: isMet ? 'met' : 'not met', value: summarize(values) };
  });
}
