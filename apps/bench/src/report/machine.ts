import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, type as systemType, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { NGINX } from '../systems/nchan-files.ts';

/** Packages whose version decides about a figure. */
const PACKAGES = ['better-sse', 'sse-channel', 'express-sse', 'express', 'lmdb', 'redis'] as const;

/** What the figures were made on and with. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly commit: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Milliseconds that the same small piece of work took, over some tries: how much the machine's speed moves. */
  readonly noise: { readonly min: number; readonly median: number; readonly max: number };
}

export function describeMachine(noise: Machine['noise']): Machine {
  const versions: Record<string, string> = {};
  const { dependencies = {} } = readJson('../package.json') as { dependencies?: Record<string, string> };
  for (const name of PACKAGES) versions[name] = (dependencies[name] ?? '?').replace('^', '');
  const nginx = output(NGINX, ['-v']);
  if (nginx !== undefined) versions['nginx'] = /nginx\/(\S+)/.exec(nginx)?.[1] ?? '?';
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${systemType()} ${release()}`,
    node: process.versions.node,
    commit: output('git', ['rev-parse', '--short', 'HEAD'])?.trim() ?? 'unknown',
    versions,
    noise,
  };
}

/** How long the same work takes, again and again: on a machine that does nothing else it is the same each time. */
export function spinMs(): number {
  const startedAt = performance.now();
  let value = 1;
  for (let step = 0; step < 2e7; step++) value = (value * 48_271) % 2_147_483_647;
  return value > 0 ? performance.now() - startedAt : 0;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8'));
}

function output(file: string, args: readonly string[]): string | undefined {
  try {
    // nginx tells its version on the standard error.
    return execFileSync('sh', ['-c', '"$0" "$@" 2>&1', file, ...args], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}
