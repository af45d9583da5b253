// Sends nearly right and quite wrong requests to a real server: `npm run fuzz -- --seconds 60 --seed 7`.
// Without a seed one is drawn, and named in the test's title: with it the same requests are made again.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const { status } = spawnSync('npx', ['vitest', 'run', 'apps/server/test/fuzz', '--reporter', 'verbose'], {
  env: { ...process.env, FUZZ_SECONDS: values.seconds, ...(values.seed && { SEED: values.seed }) },
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exitCode = status ?? 1;
