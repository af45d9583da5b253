import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVER_MAIN } from './built.ts';
import { readHistory } from './history.ts';
import { judge } from './judge/judge.ts';
import { CLASSES, isBroken, type Verdict } from './judge/verdict.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { crashes, killAll } from './plant/process.ts';
import { writeReport } from './report.ts';
import { runRound } from './round.ts';
import { STAGES } from './stages/all-stages.ts';
import type { StageKind } from './stages/stage.ts';
import { runStorm } from './storm-round.ts';
import { faultTable, stageTable, type Tally, tally } from './table.ts';

const STORM = 'storm';
/** Findings shown of one round. */
const SHOWN = 12;

process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

function fail(message: string): never {
  console.error(message);
  return process.exit(2);
}

function show({ counts, findings, published, faults, connections, gaps }: Verdict): void {
  const counted = CLASSES.filter((name) => counts[name] > 0).map((name) => `${counts[name]} ${name}`);
  const happened = Object.values(faults).reduce((all, one) => all + one, 0);
  console.log(
    `  ${happened} faults, ${published.acknowledged} acknowledged, ${published.unknown} unknown, ${published.refused} refused; ${connections} connections, ${gaps} gaps; ${counted.join(', ')}`,
  );
  for (const { class: found, client = 'the log', key = '', id = '', why } of findings.slice(0, SHOWN))
    console.log(`  ${found}: ${client} ${key} ${id}: ${why}`);
}

/** The stages to run; those that this machine can't have are said and left out. */
function chooseStages({ stages }: Options): readonly string[] {
  const known = [...STAGES.map(({ name }) => name), STORM];
  const unknown = stages.filter((name) => name !== 'all' && !known.includes(name));
  if (unknown.length > 0) fail(`Expected --stage to be of all, ${known.join(', ')}; got ${unknown}`);
  return known.filter((name) => {
    if (!stages.includes('all') && !stages.includes(name)) return false;
    const missing = STAGES.find((kind) => kind.name === name)?.missing();
    if (missing !== undefined) console.log(`SKIPPED ${name}: ${missing}`);
    return missing === undefined;
  });
}

async function run(options: Options): Promise<boolean> {
  if (!existsSync(SERVER_MAIN)) fail('apps/server is not built: run `npm run build` first');
  const { seed, seconds, roundSeconds, faultEveryMs } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sse-faults-'));
  console.log(`seed ${seed}; histories and logs in ${folder}`);
  const names = chooseStages(options);
  const kinds = STAGES.filter(({ name }) => names.includes(name));
  const rows: Tally = new Map();
  const faults: Record<string, number> = {};
  let isWell = true;

  const note = (name: string, title: string, verdict: Verdict): void => {
    show(verdict);
    tally(rows, title, verdict);
    for (const [fault, times] of Object.entries(verdict.faults)) faults[fault] = (faults[fault] ?? 0) + times;
    const crashed = crashes.splice(0);
    for (const crash of crashed) console.log(`  crashed: ${crash}`);
    if (!isBroken(verdict.counts) && crashed.length === 0) return;
    isWell = false;
    console.log(`  BROKEN: ${name}`);
  };

  const rounds = kinds.length === 0 ? 0 : Math.max(kinds.length, Math.ceil(seconds / roundSeconds));
  const each = Math.min(roundSeconds, seconds / Math.max(1, kinds.length));
  for (let round = 0; round < rounds; round++) {
    const kind = kinds[round % kinds.length] as StageKind;
    const roundSeed = seed + round;
    console.log(`${round + 1}/${rounds} ${kind.name}, seed ${roundSeed}, ${each.toFixed(0)} s`);
    const { verdict } = await runRound({
      kind,
      seed: roundSeed,
      seconds: each,
      folder: join(folder, `${round + 1}-${kind.name}`),
      faultEveryMs,
    });
    note(kind.name, kind.title, verdict);
  }
  if (names.includes(STORM)) {
    console.log(`storm, seed ${seed}`);
    const { verdict } = await runStorm({ clients: options.stormClients, seed, folder: join(folder, STORM) });
    note(STORM, `LMDB, ${verdict.byClient.size.toLocaleString('en')} clients reconnect at once`, verdict);
  }
  const report = `${stageTable(rows)}\n\n${faultTable(faults)}`;
  console.log(
    `\n${report}\n\nseed ${seed}; histories in ${folder}; ${isWell ? 'no promise was broken' : 'BROKEN'}`,
  );
  if (options.report) {
    const minutes = ((rounds * each) / 60).toFixed(1).replace('.0', '');
    const about = `\`npm run faults -- --minutes ${minutes} --seed ${seed} --stage ${options.stages} --report\`, Node ${process.versions.node}:`;
    writeReport(`${about}\n\n${report}`);
  }
  return isWell;
}

let options: Options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  fail(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
}
if (options.judge !== undefined) {
  const verdict = judge(readHistory(options.judge));
  show(verdict);
  process.exit(isBroken(verdict.counts) ? 1 : 0);
}
process.exit((await run(options)) ? 0 : 1);
