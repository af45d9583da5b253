import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const HAS_TASKSET = (() => {
  try {
    execFileSync('taskset', ['-p', String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Whether processes can be bound to cores here. */
export const canPin: boolean = HAS_TASKSET;

/** A command, bound to a core; as it is where there is no core given, or no taskset. */
export function onCore(core: number | undefined, command: readonly string[]): readonly string[] {
  return core === undefined || !HAS_TASKSET ? command : ['taskset', '-c', String(core), ...command];
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Settles once someone listens; rejects after ten seconds. */
export async function whenListening(port: number): Promise<void> {
  for (const until = performance.now() + 10_000; performance.now() < until; ) {
    if (await accepts(port)) return;
    await pause(20);
  }
  throw new Error(`Expected a server on port ${port} within 10 seconds`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A process and those that it started, where the system tells. */
export function pidsBelow(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return [
      pid,
      ...text
        .trim()
        .split(' ')
        .filter(Boolean)
        .flatMap((child) => pidsBelow(Number(child))),
    ];
  } catch {
    return [pid];
  }
}
