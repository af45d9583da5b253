import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Which run of which process this is: a number alone comes again, in a container always the same. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's own count; empty where that can't be had. */
  readonly startedAt: string;
}

/** When a process started, from Linux' /proc; empty elsewhere; `undefined` where there is no such process. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      // The second field is the program's name in parentheses, and may hold anything.
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
      return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      return '';
    }
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : undefined;
  }
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? '' };
}

/** Whether that very process still runs, as seen from here: processes on one database must share a PID namespace. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  const start = startOf(pid);
  return start !== undefined && (start === startedAt || start === '' || startedAt === '');
}

/** How far apart two readings of one machine's start may lie where the kernel gives it no name, in milliseconds. */
const CLOCK_SLACK_MS = 5 * 60 * 1_000;

/** What tells one start of the machine from the next. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return String(Math.round(Date.now() - uptime() * 1_000));
  }
}

export function isSameBoot(one: string, other: string): boolean {
  return one === other || Math.abs(Number(one) - Number(other)) < CLOCK_SLACK_MS;
}
