import { writeFile } from 'node:fs/promises';
import { CASES } from './cases.ts';
import { type Contestant, findContestants, OURS } from './contestants.ts';
import { RUNTIME_DIFFERENCES } from './differences.ts';
import { type Result, report } from './report.ts';
import { runCases, type Verdict, type Verdicts } from './run.ts';

// Puts every case to every client in every runtime that can be had, and writes docs/conformance.md.
const missing: string[] = [];
const results: Result[] = [];
for (const contestant of await findContestants((what) => missing.push(what))) {
  const { client, runtime } = contestant;
  try {
    const verdicts = await examine(contestant);
    results.push({ contestant, verdicts });
    const failed = CASES.filter(({ id }) => (verdicts.get(id)?.faults.length ?? 0) > 0);
    console.log(`${client} in ${runtime}: ${failed.length} failed`);
    if (client !== OURS) continue;
    for (const { id } of failed) console.log(`  ${id}: ${verdicts.get(id)?.faults.join('; ')}`);
    const known = RUNTIME_DIFFERENCES.filter(({ runtimes }) => runtimes.test(runtime)).map(({ id }) => id);
    if (failed.map(({ id }) => id).join() === known.join()) continue;
    console.log(`  expected to fail there: ${known.join() || 'none'}`);
    process.exitCode = 1;
  } catch (error) {
    missing.push(`${client} in ${runtime}`);
    console.error(`${client} in ${runtime} could not be run:`, error);
  }
}
for (const what of missing) console.log(`${what}: not to be had here`);
await writeFile(new URL('../../../../docs/conformance.md', import.meta.url), report(CASES, results, missing));

async function examine({ client, features, place }: Contestant): Promise<Verdicts> {
  // Others fail often, and then by what does not come: they are not waited for as long.
  const cases =
    client === OURS ? CASES : CASES.map((one) => ({ ...one, deadlineMs: (one.deadlineMs ?? 15_000) / 3 }));
  const verdicts = new Map(await runCases(cases, features, place));
  const failed = cases.filter(({ id }) => (verdicts.get(id)?.faults.length ?? 0) > 0);
  // Once more and without the others: a failure has to be the client's, not the load's.
  const again: [string, Verdict][] = [...(await runCases(failed, features, place))];
  for (const [id, verdict] of again) verdicts.set(id, verdict);
  return verdicts;
}
