import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the repository, without a slash at the end. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** How a command ended, and what it printed. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in `folder`, with the tools of the repository on its path. Never throws for a non-zero exit. */
export function run(folder: string, command: string, ...args: readonly string[]): Promise<CommandResult> {
  const path = join(ROOT, 'node_modules', '.bin') + delimiter + process.env['PATH'];
  const env = { ...process.env, PATH: path, NO_COLOR: '1', FORCE_COLOR: undefined };
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** Like `run`, and throws with all that was printed unless the command exits with 0. */
export async function runOk(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(folder, command, ...args);
  if (exitCode !== 0)
    throw new Error(`${[command, ...args].join(' ')}: exit ${exitCode}\n${stdout}${stderr}`);
  return stdout;
}

/** Makes an empty folder outside the repository. The caller removes it. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sse-repo-'));
}

/** Writes `files` (path to text) into `folder`, making folders as needed. */
export async function plant(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The part of a package.json that the tests here read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
}

/** A package of the repository that goes to the registry. */
export interface PublishedPackage {
  readonly name: string;
  readonly folder: string;
  /** What a user may import: `@sse/core`, `@sse/core/node`, ...; without `./package.json`. */
  readonly entries: readonly string[];
}

/** Every package under `packages/` that is not private, in the order of their folders' names. */
export async function publishedPackages(): Promise<readonly PublishedPackage[]> {
  const found: PublishedPackage[] = [];
  for (const directory of (await readdir(join(ROOT, 'packages'))).sort()) {
    const folder = join(ROOT, 'packages', directory);
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue; // a folder left over from another branch
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.private === true) continue;
    const paths = Object.keys(manifest.exports ?? {}).filter((path) => !path.endsWith('.json'));
    found.push({ name: manifest.name, folder, entries: paths.map((path) => manifest.name + path.slice(1)) });
  }
  return found;
}
