// Gets a checkout ready: checks Node, installs with the pinned pnpm, builds with turbo.
// Needs only Node and npm. Arguments are passed on to `turbo run build`.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
  process.exit(1);
}

const env = {
  ...process.env,
  PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};
// Left over when this runs inside `npx -c`; they would confuse the npx below.
delete env.npm_config_call;
delete env.npm_config_package;

function run(command, args) {
  const shell = process.platform === 'win32'; // npx is npx.cmd there
  const { status, error } = spawnSync(command, args, { cwd: root, env, shell, stdio: 'inherit' });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}

const readJson = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const { packageManager } = readJson('package.json'); // pnpm@X.Y.Z
const local = ['node_modules', 'pnpm', 'package.json'];
const hasPnpm = existsSync(join(root, ...local)) && `pnpm@${readJson(...local).version}` === packageManager;
// The lockfile pins each package by hash, so pnpm's age check (one request a package) is left to `pnpm add`.
const install = ['install', '--frozen-lockfile', '--config.minimumReleaseAge=0'];
if (hasPnpm) run('pnpm', install);
else run('npx', ['--yes', packageManager, ...install]);
run('turbo', ['run', 'build', '--output-logs=errors-only', ...process.argv.slice(2)]);
