import { isNamed, type Options, parseOptions, USAGE } from './options.ts';
import { tableOf, targetLines, textTable } from './report/table.ts';
import type { ScenarioResult } from './run/results.ts';
import { runScenario } from './run/run-scenario.ts';
import { SCENARIOS } from './scenarios/all-scenarios.ts';
import type { Scale, Scenario } from './scenarios/scenario.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

function chosenScenarios({ scenarios, isQuick }: Options): readonly Scenario[] {
  if (scenarios === undefined) return SCENARIOS.filter(({ isLong = false }) => !(isQuick && isLong));
  return SCENARIOS.filter(({ name }) => scenarios.some((wanted) => isNamed(name, wanted)));
}

function show(result: ScenarioResult): void {
  console.log(`\n${result.scenario.name}: ${result.scenario.title}\n`);
  console.log(textTable(tableOf(result)));
  for (const line of targetLines(result)) console.log(`  ${line}`);
}

async function run(options: Options): Promise<void> {
  const { systems: chosen, rounds, seconds, minutes, isQuick } = options;
  const scale: Scale = { isQuick, warmUpMs: isQuick ? 300 : 1_000, measureMs: seconds * 1_000, minutes };
  const results: ScenarioResult[] = [];
  for (const scenario of chosenScenarios(options)) {
    const result = await runScenario(scenario, { chosen, rounds, scale, say: console.error });
    results.push(result);
    show(result);
  }
}

let options: Options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exit(2);
}
await run(options);
