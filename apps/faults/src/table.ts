import { addCounts, CLASSES, type Counts, noCounts, type Verdict } from './judge/verdict.ts';

/** What all rounds of one stage came to. */
export interface Row {
  readonly title: string;
  rounds: number;
  faults: number;
  acknowledged: number;
  connections: number;
  gaps: number;
  readonly counts: Counts;
}

export type Tally = Map<string, Row>;

export function tally(rows: Tally, title: string, verdict: Verdict): void {
  const row = rows.get(title) ?? {
    title,
    rounds: 0,
    faults: 0,
    acknowledged: 0,
    connections: 0,
    gaps: 0,
    counts: noCounts(),
  };
  rows.set(title, row);
  row.rounds += 1;
  row.faults += sum(Object.values(verdict.faults));
  row.acknowledged += verdict.published.acknowledged;
  row.connections += verdict.connections;
  row.gaps += verdict.gaps;
  addCounts(row.counts, verdict.counts);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const number = (value: number): string => value.toLocaleString('en');

/** Of Markdown: a row a stage. */
export function stageTable(rows: Tally): string {
  const names = CLASSES.map((name) => name.replace('_', ' '));
  const head = ['stage', 'rounds', 'faults', 'published', 'connections', ...names];
  return [
    line(head),
    line(head.map((_, at) => (at === 0 ? '---' : '--:'))),
    ...[...rows.values()].map(({ title, rounds, faults, acknowledged, connections, counts }) =>
      line([
        title,
        rounds,
        faults,
        number(acknowledged),
        number(connections),
        ...CLASSES.map((name) => number(counts[name])),
      ]),
    ),
  ].join('\n');
}

/** Of Markdown: how often each fault happened, the ways of a network together. */
export function faultTable(faults: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    line(['fault', 'times']),
    line(['---', '--:']),
    ...sorted.map(([name, times]) => line([name, times])),
  ].join('\n');
}
