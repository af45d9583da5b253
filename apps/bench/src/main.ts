import { guard } from './guard.ts';
import { isNamed, type Options, parseOptions, USAGE } from './options.ts';
import { describeMachine, spinMs } from './report/machine.ts';
import { tableOf, targetLines, textTable } from './report/table.ts';
import { writeReport } from './report/write-report.ts';
import type { ScenarioResult } from './run/results.ts';
import { runScenario } from './run/run-scenario.ts';
import { SCENARIOS } from './scenarios/all-scenarios.ts';
import type { Scale, Scenario } from './scenarios/scenario.ts';
import { summarize } from './statistics.ts';
import { canPin } from './systems/beside.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

/** What `--quick` leaves out: further forms of ours, and what is slower than all others. */
const NOT_QUICK = ['express', 'hub', 'express-sse'];

async function run(options: Options): Promise<void> {
  const { systems, rounds, seconds, minutes, isQuick, write } = options;
  const scale: Scale = { isQuick, warmUpMs: isQuick ? 300 : 1_000, measureMs: seconds * 1_000, minutes };
  const results: ScenarioResult[] = [];
  const spins: number[] = [];
  if (!canPin) console.log('taskset is missing: server and load share the cores, and figures mean less.');
  for (const scenario of chosenScenarios(options)) {
    spins.push(spinMs());
    const result = await runScenario(scenario, {
      chosen: systems ?? (isQuick ? quickSystems(scenario) : undefined),
      rounds,
      scale,
      say: (text) => console.error(text),
    });
    results.push(result);
    show(result);
  }
  spins.push(spinMs());
  const noise = summarize(spins);
  console.log(
    `\nNoise: the same work took ${noise.min.toFixed(0)} to ${noise.max.toFixed(0)} ms between the runs.`,
  );
  if (!write) return;
  const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`;
  console.log(`Written: ${writeReport(results, describeMachine(noise), command)}`);
}

function chosenScenarios({ scenarios, isQuick }: Options): readonly Scenario[] {
  if (scenarios === undefined) return SCENARIOS.filter(({ isLong = false }) => !(isQuick && isLong));
  return SCENARIOS.filter(({ name }) => scenarios.some((wanted) => isNamed(name, wanted)));
}

/** Left out unless a target needs it. */
function quickSystems({ systems, targets }: Scenario): readonly string[] {
  const needed = targets.flatMap(({ ours, against = ours }) => [ours, against]);
  return systems.filter((name) => needed.includes(name) || !NOT_QUICK.includes(name));
}

function show(result: ScenarioResult): void {
  console.log(`\n${result.scenario.name}: ${result.scenario.title}\n`);
  console.log(textTable(tableOf(result)));
  for (const line of targetLines(result)) console.log(`  ${line}`);
}

async function runGuard(): Promise<never> {
  const startedAt = performance.now();
  const { lines, holds } = await guard();
  for (const line of lines) console.log(line);
  console.log(
    `${holds ? 'every ratio holds' : 'a ratio is LOST'}, ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`,
  );
  process.exit(holds ? 0 : 1);
}

let options: Options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exit(2);
}
if (options.isGuard) await runGuard();
else await run(options);
