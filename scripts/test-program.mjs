// Programs that tests need and npm does not bring: found on PATH, or installed by apt where apt may be used.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const runs = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const isSet = (variable) => (process.env[variable] ?? '') !== '';

/** The program that the environment variable names, or the first of `names` on PATH; `undefined` without one. */
export function findProgram({ variable, names }) {
  if (isSet(variable)) return runs(process.env[variable]) ? process.env[variable] : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(runs);
}

/** Makes sure of a program, where that can be, and says what follows where it can't. */
export function provideProgram(program) {
  const { variable, aptPackage, neededBy } = program;
  if (findProgram(program) !== undefined) return;
  if (process.platform === 'linux' && process.getuid?.() === 0 && !isSet(variable)) {
    console.log(`Installing ${aptPackage} for ${neededBy}`);
    const install = ['install', '-y', '--no-install-recommends', aptPackage];
    if (!apt(...install) && apt('update')) apt(...install);
  }
  if (findProgram(program) === undefined)
    console.log(
      `No ${aptPackage}: set ${variable}, or put one on PATH. Without it ${neededBy} are skipped; with CI set they fail.`,
    );
}

function apt(...args) {
  const { status } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Installed for its program: nothing is to be started, nor to run at the next boot.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  return status === 0;
}
