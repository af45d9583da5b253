import { type Judged, judge, type ScenarioResult, summaryOf } from '../run/results.ts';
import { median } from '../statistics.ts';
import { figure } from './figures.ts';

/** A run in which others used more than this share of a core says little. */
const NOISY = 0.2;

/** A scenario's table: its head, and a row for each system. All rows have as many cells as the head. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Each metric as the median with its least and greatest, then who used how much, then what to know about the runs. */
export function tableOf(result: ScenarioResult): Table {
  const { scenario, runs, skipped } = result;
  const systems = scenario.systems.filter((name) => runs.some(({ system }) => system === name));
  const rows = systems.map((system) => [
    system,
    ...scenario.metrics.map(({ name }) => {
      const summary = summaryOf(result, system, name);
      if (summary === undefined) return '-';
      const { min, max, median: middle } = summary;
      return summary.runs === 1 ? figure(middle) : `${figure(middle)} (${figure(min)} to ${figure(max)})`;
    }),
    ...cpuCells(result, system),
    remarks(result, system),
  ]);
  const empty = [...scenario.metrics.map(() => '-'), '-', '-', '-'];
  for (const { system, why } of skipped) rows.push([system, ...empty, `skipped: ${why}`]);
  return {
    head: [
      'system',
      ...scenario.metrics.map(({ label }) => label),
      'server CPU',
      'load CPU',
      'other CPU',
      '',
    ],
    rows,
  };
}

function cpuCells({ runs }: ScenarioResult, system: string): readonly string[] {
  const usages = runs.flatMap(({ outcome, system: name }) =>
    name === system && outcome.usage !== undefined ? [outcome.usage] : [],
  );
  if (usages.length === 0) return ['-', '-', '-'];
  return (['serverCpu', 'loadCpu', 'otherCpu'] as const).map(
    (name) => `${Math.round(100 * median(usages.map((usage) => usage[name])))} %`,
  );
}

function remarks({ runs }: ScenarioResult, system: string): string {
  const own = runs.filter(({ system: name }) => name === system);
  const limited = own.filter(({ outcome }) => outcome.usage?.loadLimited).length;
  const noisy = own.filter(({ outcome }) => (outcome.usage?.otherCpu ?? 0) > NOISY).length;
  const voids = own.flatMap(({ outcome }) => outcome.isVoid ?? []);
  return [
    ...(limited > 0 ? [`load was the limit in ${limited} of ${own.length}`] : []),
    ...(noisy > 0 ? [`noisy in ${noisy} of ${own.length}`] : []),
    ...(voids.length > 0 ? [`${voids.length} of ${own.length} void: ${voids[0]}`] : []),
  ].join('; ');
}

/** A line for each target: what was asked, what came, whether it was met. */
export function targetLines(result: ScenarioResult): readonly string[] {
  return judge(result).map((judged) => targetLine(result, judged));
}

function targetLine({ scenario }: ScenarioResult, { target, result, value }: Judged): string {
  const { ours, against, metric, bound } = target;
  const known = scenario.metrics.find(({ name }) => name === metric);
  const asked = `${ours} ${known?.label ?? metric} ${known?.better === 'more' ? '≥' : '≤'} ${bound}${against === undefined ? '' : ` × ${against}`}`;
  if (value === undefined) return `${asked}: not measured`;
  const range = value.runs === 1 ? '' : ` (${figure(value.min)} to ${figure(value.max)})`;
  return `${asked}: ${result}, ${figure(value.median)}${range}`;
}

/** The table for a terminal. */
export function textTable({ head, rows }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
