import { readFileSync } from 'node:fs';

/** How many connections a process may have, so that it never runs out of descriptors for everything else. */
export interface ConnectionLimit {
  readonly connections: number;
  /** What the system lets the process open, files and connections together. */
  readonly descriptors: number;
}

/** Descriptors left for the store, the log, probes and pipes: a twentieth, but not less. */
const RESERVE = 64;
const RESERVE_SHARE = 0.05;

/**
 * A process that is out of descriptors takes no connection, and can't even say so: it resets them. A limit below is seen.
 *
 * `undefined` where the system doesn't say how many there are (other than Linux), or there is no limit.
 */
export function connectionLimit(limits: string = readLimits()): ConnectionLimit | undefined {
  const [, soft] = /^Max open files\s+(\d+)\s/m.exec(limits) ?? [];
  if (soft === undefined) return undefined;
  const descriptors = Number(soft);
  const reserve = Math.max(RESERVE, Math.ceil(descriptors * RESERVE_SHARE));
  // So few that there is no room for a reserve: half of them.
  return { connections: Math.max(descriptors - reserve, Math.floor(descriptors / 2), 1), descriptors };
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
