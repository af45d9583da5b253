import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Observation } from '../observe.ts';
import type { Place } from '../run.ts';
import { bundle } from './bundle.ts';

const DEADLINE_MS = 180_000;

/**
 * In a process of its own. `command` runs a script: it is put before the script's path, and may have the words of a
 * shell. `client` is a name in ../clients/all.ts.
 */
export function inRuntime(command: string, client: string): Place {
  return async (lanes) => {
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    try {
      const [script, jobs, observed] = ['worker.mjs', 'jobs.json', 'observed.json'].map((name) =>
        join(folder, name),
      );
      if (script === undefined || jobs === undefined || observed === undefined) return [];
      await writeFile(script, await bundle('./worker.ts', 'node'));
      await writeFile(jobs, JSON.stringify({ client, lanes }));
      const [before = '', after = ''] = command.split('{script}');
      await run(`${before}${script} ${jobs} ${observed}${after}`, folder);
      return JSON.parse(await readFile(observed, 'utf8')) as readonly (readonly Observation[])[];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** Runs a shell command in a folder and answers what it wrote; throws with its errors where it failed. */
export async function run(command: string, folder: string): Promise<string> {
  const child = spawn(command, {
    shell: true,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`Expected \`${command}\` to succeed, got ${code}: ${errors.slice(-1_000)}`);
  return output;
}
