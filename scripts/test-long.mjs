// The suites that have a long form, in that form: `npm run test:long`.
import { spawnSync } from 'node:child_process';

const SUITES = [
  'packages/core/test/connections',
  'packages/lmdb/test/kill',
  'packages/lmdb/test/model',
  'apps/demo/test/demo-load',
  'apps/server/test/dockerfile',
  'apps/server/test/fuzz',
  'apps/server/test/survival',
];

const { status } = spawnSync('npx', ['vitest', 'run', ...SUITES], {
  env: { ...process.env, LONG: '1' },
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exitCode = status ?? 1;
