import { readFileSync } from 'node:fs';

/** The value that `part` of all lie below. */
export function percentile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? Number.NaN;
}

/** Milliseconds that this thread has spent on a processor; by the clock where the system does not tell. */
function threadMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

export interface Pauses {
  /** The longest turn of the event loop, by the clock: on a machine with other work, that of the others counts in. */
  readonly longestMs: number;
  /** The longest turn by the processor time of the thread. */
  readonly longestOwnMs: number;
  readonly turns: number;
}

/** Watches the turns of the event loop from now until the answered function is called. */
export function watchPauses(): () => Pauses {
  let [last, lastOwn, longestMs, longestOwnMs, turns, running] = [
    performance.now(),
    threadMs(),
    0,
    0,
    0,
    true,
  ];
  const turn = (): void => {
    const [now, own] = [performance.now(), threadMs()];
    longestMs = Math.max(longestMs, now - last);
    longestOwnMs = Math.max(longestOwnMs, own - lastOwn);
    [last, lastOwn] = [now, own];
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    running = false;
    return { longestMs, longestOwnMs, turns };
  };
}

export function report(text: string): void {
  console.info(`FIGURE ${text}`);
}
