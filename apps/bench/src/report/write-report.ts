import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge, type ScenarioResult, summaryOf } from '../run/results.ts';
import { type Bar, barChart } from './bar-chart.ts';
import type { Machine } from './machine.ts';
import { tableOf, targetLines } from './table.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/benchmarks', import.meta.url));
const BEGIN = '<!-- results -->';
const END = '<!-- /results -->';
const LIMITS = ['bare', 'bare-joined', 'empty-express', 'bare lmdb', 'bare redis'];
const OURS = ['core', 'express', 'hub', 'memory', 'lmdb', 'redis', 'hub-1-worker', 'hub-2-workers'];

/** Writes tables, figures and charts into docs/benchmarks; the words around the tables stay as they are. */
export function writeReport(results: readonly ScenarioResult[], machine: Machine, command: string): string {
  mkdirSync(FOLDER, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const figures = { date, command, machine, scenarios: results.map(figuresOf) };
  writeFileSync(join(FOLDER, 'results.json'), `${JSON.stringify(figures, null, 2)}\n`);
  for (const result of results) {
    const chart = chartOf(result);
    if (chart !== undefined) writeFileSync(join(FOLDER, `${result.scenario.name}.svg`), chart);
  }
  const page = join(FOLDER, 'README.md');
  const text = readFileSync(page, 'utf8');
  const [before, rest] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || rest < before) throw new Error(`Expected ${BEGIN} and ${END} in ${page}`);
  const made = `${BEGIN}\n\n${[about(machine, date, command), ...results.map(section)].join('\n\n')}\n\n`;
  writeFileSync(page, text.slice(0, before) + made + text.slice(rest));
  return page;
}

function about(machine: Machine, date: string, command: string): string {
  const { cpu, cores, memoryGiB, system, node, commit, versions, noise } = machine;
  const peers = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  return [
    `Made on ${date} at commit ${commit} with \`${command}\`.`,
    `Machine: ${cores} cores of ${cpu}, ${memoryGiB} GiB, ${system}. Node ${node}; ${peers}.`,
    `Noise: the same piece of work took ${noise.min.toFixed(0)} to ${noise.max.toFixed(0)} ms between the runs, ${noise.median.toFixed(0)} in the middle.`,
  ].join('\n');
}

function section(result: ScenarioResult): string {
  const { head, rows } = tableOf(result);
  const { name, title } = result.scenario;
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    `### ${name}: ${title}`,
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    ...(chartOf(result) === undefined ? [] : ['', `![${title}](${name}.svg)`]),
    ...targetLines(result).map((text, index) => `${index === 0 ? '\n' : ''}- ${text}`),
  ].join('\n');
}

/** The first metric of a scenario, for every system that has it. */
function chartOf(result: ScenarioResult): string | undefined {
  const { scenario } = result;
  const [metric] = scenario.metrics;
  if (metric === undefined) return undefined;
  const bars = scenario.systems.flatMap((label): Bar[] => {
    const summary = summaryOf(result, label, metric.name);
    if (summary === undefined) return [];
    const kind = LIMITS.includes(label) ? 'limit' : OURS.includes(label) ? 'ours' : 'peer';
    return [{ label, kind, value: summary.median, min: summary.min, max: summary.max }];
  });
  return bars.length < 2 ? undefined : barChart(`${scenario.name}: ${scenario.title}`, metric.label, bars);
}

function figuresOf(result: ScenarioResult): object {
  const { scenario, runs, skipped } = result;
  return {
    name: scenario.name,
    title: scenario.title,
    runs: runs.map(({ system, round, outcome }) => ({ system, round, ...outcome })),
    skipped,
    targets: judge(result).map(({ target, result: came, value }) => ({ ...target, result: came, value })),
  };
}
