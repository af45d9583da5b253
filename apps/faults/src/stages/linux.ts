import { execFileSync } from 'node:child_process';

/** Runs a program of the system; throws with what it said. */
export function run(file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const undone = new Set<() => void>();

process.on('exit', () => {
  for (const undo of undone) undo();
});

/** Answers what undoes something of the system, once. It is done at the end of this process at the latest. */
export function undoOnce(undo: () => void): () => void {
  const once = (): void => {
    if (undone.delete(once)) undo();
  };
  undone.add(once);
  return once;
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
