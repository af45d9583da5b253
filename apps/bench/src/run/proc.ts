import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of the kernel's accounting in a second; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Seconds of CPU time that some processes have used, all their threads together; 0 where the system does not tell. */
export function cpuSeconds(pids: readonly number[]): number {
  let nanoseconds = 0;
  for (const pid of pids)
    for (const thread of list(`/proc/${pid}/task`))
      nanoseconds += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ', 1)[0]);
  return nanoseconds / 1e9;
}

/** Seconds of CPU time that the whole machine has used, and that were stolen from it by its host. */
export function machineSeconds(): { readonly busy: number; readonly stolen: number } {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    read('/proc/stat').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? [];
  return { busy: (user + nice + system + irq + softirq) / TICKS, stolen: steal / TICKS };
}

/** Bytes of memory of some processes, what they share counted by its share (PSS); 0 where the system does not tell. */
export function memoryBytes(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids)
    kilobytes += Number(/^Pss: *(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  return kilobytes * 1_024;
}

/** The most memory that some processes have had resident at once, in bytes. */
export function peakBytes(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids)
    kilobytes += Number(/^VmHWM:\s*(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return kilobytes * 1_024;
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
