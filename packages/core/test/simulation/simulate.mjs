// The long mode of the simulation: `npm run simulate -- --minutes 60`, or `--seeds 100000`; `--from` says where to begin.
// Without `--from` it begins anywhere, so that every night sees other worlds; the first line says where.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({ options: { minutes: text, seeds: text, from: text, seed: text } });
const { minutes, seeds, seed, from = String(Math.floor(Math.random() * 2 ** 31)) } = values;
for (const [name, value] of Object.entries(values))
  if (!(Number(value) > 0))
    throw new Error(`Expected \`--${name}\` to be a positive number, got \`${value}\``);

const env = { ...process.env, FROM: from };
if (seed !== undefined) env.SEED = seed;
else if (seeds !== undefined) env.SEEDS = seeds;
else env.MINUTES = minutes ?? '60';
console.log(seed === undefined ? `Worlds from seed ${from} on.` : `The world of seed ${seed}.`);
const { status } = spawnSync('npx', ['vitest', 'run', 'packages/core/test/simulation/seeds'], {
  env,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exitCode = status ?? 1;
