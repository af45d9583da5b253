// Where the tests find Chromium. `node scripts/browser.mjs` installs it by apt where it is missing and apt can be used.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const runs = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The browser in `CHROME_PATH`, or the first that is on PATH; `undefined` without one. */
export function findBrowser() {
  const named = process.env.CHROME_PATH;
  if (named !== undefined && named !== '') return runs(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(runs);
}

/** Flags without which Chromium asks hosts of its own, or does not start as root. */
export const BROWSER_FLAGS = Object.freeze([
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]);

function install() {
  const apt = (...args) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  return (
    apt('install', '-y', '--no-install-recommends', 'chromium') ||
    (apt('update') && apt('install', '-y', '--no-install-recommends', 'chromium'))
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url) && findBrowser() === undefined) {
  const canInstall =
    process.platform === 'linux' && process.getuid?.() === 0 && process.env.CHROME_PATH === undefined;
  if (canInstall) {
    console.log('Installing Chromium for the browser tests');
    install();
  }
  if (findBrowser() === undefined) {
    console.log(
      'No Chromium: set CHROME_PATH, or put one on PATH. The browser tests are skipped; with CI set they fail.',
    );
  }
}
