import type { HubProcess } from '../plant/hub-process.ts';
import { signalPid } from '../plant/process.ts';
import { type Fault, OVER } from './fault.ts';

/** What happens to a server. */
export function hubFaults(hub: HubProcess): Fault[] {
  const { name: target, process } = hub;
  return [
    {
      name: 'kill -9 of a server',
      target,
      lasts: [0, 2_000],
      async begin() {
        await process.end('SIGKILL');
        return () => hub.up();
      },
    },
    {
      name: 'SIGSTOP of a server',
      target,
      lasts: [500, 6_000],
      async begin() {
        process.signal('SIGSTOP');
        return async () => process.signal('SIGCONT');
      },
    },
    {
      name: 'restart of a server',
      target,
      lasts: [0, 100],
      async begin() {
        await process.end('SIGTERM');
        return () => hub.up();
      },
    },
  ];
}

/** What happens to a server of several processes, beside all that happens to any. */
export function workerFaults(hub: HubProcess): Fault[] {
  const { name: target, process } = hub;
  return [
    {
      name: 'kill -9 of a worker',
      target,
      lasts: [500, 2_000],
      async begin(random) {
        const workers = process.children();
        if (workers.length > 0) signalPid(random.pick(workers), 'SIGKILL');
        return () => hub.up();
      },
    },
    {
      name: 'SIGSTOP of a worker',
      target,
      lasts: [500, 6_000],
      async begin(random) {
        const workers = process.children();
        if (workers.length === 0) return OVER;
        const worker = random.pick(workers);
        signalPid(worker, 'SIGSTOP');
        return async () => signalPid(worker, 'SIGCONT');
      },
    },
    {
      name: 'rolling restart of the workers',
      target,
      lasts: [3_000, 5_000],
      async begin() {
        process.signal('SIGHUP');
        return OVER;
      },
    },
  ];
}
