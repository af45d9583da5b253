import type { Scale, Scenario } from '../scenarios/scenario.ts';
import { missingSystem } from '../systems/all-systems.ts';
import type { Run, ScenarioResult } from './results.ts';

/** Runs a scenario: in each round every system once, so that all see the same moods of the machine. */
export async function runScenario(
  scenario: Scenario,
  { chosen, rounds, scale, say }: RunSettings,
): Promise<ScenarioResult> {
  const wanted = scenario.systems.filter((name) => chosen === undefined || chosen.includes(name));
  const skipped = wanted.flatMap((system) => {
    const why = (scenario.missing ?? missingSystem)(system);
    return why === undefined ? [] : [{ system, why }];
  });
  const systems = wanted.filter((name) => !skipped.some(({ system }) => system === name));
  const runs: Run[] = [];
  for (let round = 0; round < Math.min(rounds, scenario.rounds ?? rounds); round++) {
    // Each round begins with another one: what comes first after a pause is not always the same.
    const order = systems.map((_, index) => systems[(index + round) % systems.length] as string);
    for (const system of order) {
      say(`${scenario.name} round ${round + 1}: ${system}`);
      const outcome = await scenario
        .run(system, scale)
        .catch((error: unknown) => ({ values: {}, isVoid: `failed: ${String(error)}` }));
      if (outcome.isVoid !== undefined) say(`${scenario.name} ${system} is void: ${outcome.isVoid}`);
      runs.push({ system, round, outcome });
    }
  }
  return { scenario, runs, skipped };
}

export interface RunSettings {
  /** Systems to run; absent: all of the scenario. */
  readonly chosen: readonly string[] | undefined;
  readonly rounds: number;
  readonly scale: Scale;
  readonly say: (text: string) => void;
}
