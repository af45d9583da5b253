// `npm run dev`: gets the checkout ready, then rebuilds on every change to the server or to a package it uses, and
// restarts the server. Ctrl-C or SIGTERM ends everything that was started here.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STOP_MS = 10_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const server = join(root, 'apps', 'server');
const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Folders of the workspace packages that `folder` depends on, those of its dependencies first. */
function dependenciesOf(folder, byName) {
  const names = Object.entries(readManifest(folder).dependencies ?? {})
    .filter(([, range]) => range.startsWith('workspace:'))
    .map(([name]) => name);
  return [
    ...new Set(names.flatMap((name) => [...dependenciesOf(byName.get(name), byName), byName.get(name)])),
  ];
}

const packages = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((folder) => existsSync(join(folder, 'package.json')));
const folders = dependenciesOf(
  server,
  new Map(packages.map((folder) => [readManifest(folder).name, folder])),
);

const prepare = [join(root, 'scripts', 'prepare.mjs'), '--filter=server...'];
const prepared = spawnSync(process.execPath, prepare, { cwd: root, stdio: 'inherit' });
if (prepared.status !== 0) process.exit(prepared.status ?? 1);

const running = new Set();
let stopping = false;

function start(name, cwd, args) {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  running.add(child);
  child.once('exit', (code, signal) => {
    running.delete(child);
    // Ctrl-C reaches the children as well, and one of them may be gone before this process hears of it.
    const interrupted = signal === 'SIGINT' || code === 130;
    if (!stopping && !interrupted) console.error(`${name} ended (${signal ?? code}); ending the others.`);
    stop(stopping || interrupted ? undefined : 1);
  });
}

function stop(exitCode) {
  process.exitCode ??= exitCode;
  if (stopping) return;
  stopping = true;
  for (const child of running) child.kill('SIGTERM');
  setTimeout(() => {
    for (const child of running) child.kill('SIGKILL');
  }, STOP_MS).unref();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));

const tsup = join(
  createRequire(import.meta.url).resolve('tsup/package.json'),
  '..',
  'dist',
  'cli-default.js',
);
for (const folder of [...folders, server]) {
  // What prepare.mjs built stays until it is overwritten: the builds here start together, and need one another's types.
  start(`The build of ${readManifest(folder).name}`, folder, [tsup, '--watch', 'src', '--no-clean']);
}
start('The server', root, ['--watch', '--watch-preserve-output', join(server, 'dist', 'main.js')]);
