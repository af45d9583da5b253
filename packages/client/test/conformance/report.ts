import { arch, cpus, platform } from 'node:os';
import { type ConformanceCase, THEMES } from './case.ts';
import { CLAUSES } from './clauses.ts';
import { type Contestant, NATIVE, OURS } from './contestants.ts';
import { type Difference, NATIVE_DIFFERENCES, RUNTIME_DIFFERENCES } from './differences.ts';
import { FAULTS } from './faults.ts';
import { ADAPTERS, INTRODUCTION, NOT_TESTED } from './report-text.ts';
import type { Verdicts } from './run.ts';

export interface Result {
  readonly contestant: Contestant;
  readonly verdicts: Verdicts;
}

type Outcome = 'passed' | 'failed' | 'n/a';

const STANDARD = 'https://html.spec.whatwg.org/multipage/server-sent-events.html';

/** The page about it all, in Markdown. */
export function report(
  cases: readonly ConformanceCase[],
  results: readonly Result[],
  missing: readonly string[],
): string {
  const clients = [...new Set(results.map(({ contestant }) => contestant.client))];
  const nameOf = (client: string) =>
    client === OURS ? `**${client}**` : client === NATIVE ? client : `\`${client}\``;
  const sections = [
    INTRODUCTION.replace('{cases}', String(cases.length)).replace(
      '{faults}',
      String(Object.keys(FAULTS).length),
    ),
    `Measured by \`npm run conformance\` on a machine with ${cpus().length} cores, ${platform()} ${arch()}.${
      missing.length > 0 ? ` Not to be had there, and so not measured: ${missing.join(', ')}.` : ''
    }`,
    '## Results',
    table(
      ['client', 'version', 'in', 'passed', 'failed', 'n/a'],
      results.map((result) => {
        const { client, version, runtime } = result.contestant;
        const count = (outcome: Outcome) =>
          cases.filter(({ id }) => outcomeOf(result, id) === outcome).length;
        return [
          nameOf(client),
          client === NATIVE ? '' : version,
          runtime,
          `${count('passed')} of ${cases.length - count('n/a')}`,
          String(count('failed')),
          String(count('n/a')),
        ];
      }),
    ),
    '## By theme',
    'A case counts as passed where the client passed it in every runtime it was run in.',
    table(
      ['theme', ...clients.map(nameOf)],
      THEMES.map((theme) => [
        theme,
        ...clients.map((client) => {
          const own = results.filter(({ contestant }) => contestant.client === client);
          const outcomes = cases
            .filter((one) => one.theme === theme)
            .map(({ id }) => own.map((result) => outcomeOf(result, id)))
            .filter((all) => !all.includes('n/a'));
          const passed = outcomes.filter((all) => !all.includes('failed')).length;
          return outcomes.length === 0 ? 'n/a' : `${passed}/${outcomes.length}`;
        }),
      ]),
    ),
    '## Failed cases',
    ...clients.flatMap((client) => [`### ${client}`, failures(cases, results, client)]),
    ADAPTERS,
    NOT_TESTED,
    [
      ...new Set(Object.values(CLAUSES).map(({ section, anchor }) => `[${section}]: ${STANDARD}#${anchor}`)),
    ].join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}

function outcomeOf({ verdicts }: Result, id: string): Outcome {
  const verdict = verdicts.get(id);
  if (verdict === undefined) return 'n/a';
  return verdict.faults.length === 0 ? 'passed' : 'failed';
}

const known: Readonly<Record<string, readonly Difference[]>> = {
  [NATIVE]: NATIVE_DIFFERENCES,
  [OURS]: RUNTIME_DIFFERENCES,
};

function failures(cases: readonly ConformanceCase[], results: readonly Result[], client: string): string {
  const own = results.filter(({ contestant }) => contestant.client === client);
  const rows = cases.flatMap(({ id, title, clause }) => {
    const failing = own.filter((result) => outcomeOf(result, id) === 'failed');
    if (failing.length === 0) return [];
    const { section } = CLAUSES[clause];
    const where =
      failing.length === own.length ? '' : failing.map(({ contestant }) => contestant.runtime).join(', ');
    const why = known[client]?.find((difference) => difference.id === id)?.why;
    return [[`\`${id}\``, why ? `${title}. ${why}` : title, `[${section}]`, where]];
  });
  if (rows.length === 0) return 'None.';
  return table(['case', 'what the standard asks for', 'clause', 'only in'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
