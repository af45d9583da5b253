import { execFileSync } from 'node:child_process';

/** Runs a program of the system; throws with what it said. */
export function run(file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Why this process may not mount disks or make networks. */
export function missingRoot(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  return process.getuid?.() === 0 ? undefined : 'needs root';
}

/** Why something can't be had; tried, and taken back. */
export function missingAfter(attempt: () => void): string | undefined {
  const missing = missingRoot();
  if (missing !== undefined) return missing;
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
}
