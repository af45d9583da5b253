// Many subscribers in a process of their own.
import { setTimeout as pause } from 'node:timers/promises';
import { answerCalls, tell } from '../ipc.ts';
import { Crowd } from './crowd.ts';
import type { ConnectRequest } from './load-messages.ts';
import { postFor } from './poster.ts';

/** How often the publisher hears how far everyone is. */
const PROGRESS_MS = 2;

let crowd: Crowd | undefined;
let told = 0;

function current(): Crowd {
  if (crowd === undefined) throw new Error('Expected `connect` first');
  return crowd;
}

function tellProgress(): void {
  const progress = crowd?.progress ?? 0;
  if (progress > told) tell({ progress });
  told = progress;
}

answerCalls({
  connect: (request: ConnectRequest) => {
    crowd?.close();
    told = 0;
    crowd = new Crowd(request);
    return crowd.connectAll();
  },
  /** Says from now on how far everyone is. */
  follow: () => {
    setInterval(tellProgress, PROGRESS_MS);
  },
  begin: () => current().begin(),
  end: () => current().end(),
  /** Settles once the progress is there, or after `ms`; answers how far it is. */
  arrived: async ({ progress, ms }: { progress: number; ms: number }) => {
    const until = performance.now() + ms;
    while (current().progress < progress && performance.now() < until) await pause(1);
    return current().progress;
  },
  verdict: ({ expected }: { expected: number }) => current().verdict(expected),
  post: postFor,
  close: () => current().close(),
});
