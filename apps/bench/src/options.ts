import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios/all-scenarios.ts';

const SYSTEM_NAMES: readonly string[] = [...new Set(SCENARIOS.flatMap(({ systems }) => systems))];

export interface Options {
  /** Names of scenarios, or beginnings of them: `T2` is `T2-10` and `T2-50`. Absent: all. */
  readonly scenarios: readonly string[] | undefined;
  readonly systems: readonly string[] | undefined;
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly seconds: number;
  /** Of the soak. */
  readonly minutes: number;
  readonly isGuard: boolean;
  readonly write: boolean;
}

export const USAGE: string = `npm run bench -- [options]

  --scenario A,B    some of the scenarios (default: all)
  --system A,B      some of the systems (default: all that a scenario knows)
  --quick           one short round of the scenarios that matter most: about two minutes
  --rounds N        how often each system is run (default 3; 1 with --quick)
  --seconds N       how long each run is measured (default 3; 0.6 with --quick)
  --minutes N       how long the soak T13 takes (default 1)
  --guard           a quick check of a few ratios with wide margins; exit status 1 where one is lost
  --write           write docs/benchmarks

scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}
systems: ${SYSTEM_NAMES.join(', ')}
`;

/** @throws Error for an option that is not known, or not as expected. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      system: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      minutes: { type: 'string', default: '1' },
      guard: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const isQuick = values.quick;
  const scenarios = values.scenario?.split(',');
  for (const name of scenarios ?? [])
    if (!SCENARIOS.some((scenario) => isNamed(scenario.name, name)))
      throw new Error(`Expected --scenario to be of ${SCENARIOS.map((one) => one.name)}; got ${name}`);
  const systems = values.system?.split(',');
  for (const name of systems ?? [])
    if (!SYSTEM_NAMES.includes(name))
      throw new Error(`Expected --system to be of ${SYSTEM_NAMES}; got ${name}`);
  return {
    scenarios,
    systems,
    isQuick,
    rounds: positive('rounds', values.rounds ?? (isQuick ? '1' : '3')),
    seconds: positive('seconds', values.seconds ?? (isQuick ? '0.6' : '3')),
    minutes: positive('minutes', values.minutes),
    isGuard: values.guard,
    write: values.write,
  };
}

/** Whether a scenario is meant by a name: its own, or that of its family. */
export function isNamed(scenario: string, name: string): boolean {
  return scenario === name || scenario.startsWith(`${name}-`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`Expected --${name} to be a number above 0, got ${text}`);
  return value;
}
