// Where the tests find redis-server. `node scripts/redis.mjs` installs it by apt where it is missing and apt can be used.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMES = ['redis-server', 'valkey-server'];

const runs = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The server in `REDIS_SERVER_PATH`, or the first that is on PATH; `undefined` without one. */
export function findRedis() {
  const named = process.env.REDIS_SERVER_PATH;
  if (named !== undefined && named !== '') return runs(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(runs);
}

function install() {
  const apt = (...args) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      // Installed for its program: nothing is to be started, nor to run at the next boot.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    }).status === 0;
  return (
    apt('install', '-y', '--no-install-recommends', 'redis-server') ||
    (apt('update') && apt('install', '-y', '--no-install-recommends', 'redis-server'))
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url) && findRedis() === undefined) {
  const canInstall =
    process.platform === 'linux' && process.getuid?.() === 0 && process.env.REDIS_SERVER_PATH === undefined;
  if (canInstall) {
    console.log('Installing redis-server for the tests of @sse/redis');
    install();
  }
  if (findRedis() === undefined) {
    console.log(
      'No redis-server: set REDIS_SERVER_PATH, or put one on PATH. The tests of @sse/redis are skipped; with CI set they fail.',
    );
  }
}
