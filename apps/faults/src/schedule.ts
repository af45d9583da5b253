import type { Fault } from './faults/fault.ts';
import { now, type Recorder } from './history.ts';
import type { Random } from './random.ts';
import { pause } from './wait.ts';

/** A fault, and when it begins and ends, in milliseconds from the start. */
export interface Planned {
  readonly fault: Fault;
  readonly beginsMs: number;
  readonly endsMs: number;
}

/** Draws faults from a seed: one after about `everyMs`, several at a time, but not two on the same target. */
export function plan(
  faults: readonly Fault[],
  random: Random,
  durationMs: number,
  everyMs: number,
): Planned[] {
  const planned: Planned[] = [];
  const busyUntil = new Map<string, number>();
  for (let at = random.between(0, everyMs); at < durationMs; at += random.between(0, 2 * everyMs)) {
    const free = faults.filter(({ target }) => (busyUntil.get(target) ?? 0) <= at);
    if (free.length === 0) continue;
    // By kind of target first: there are many doors, and few servers.
    const kind = random.pick([...new Set(free.map(kindOf))]);
    const fault = random.pick(free.filter((one) => kindOf(one) === kind));
    const endsMs = at + random.between(...fault.lasts);
    // None lasts beyond the end, however short the run is.
    planned.push({ fault, beginsMs: at, endsMs: Math.min(endsMs, durationMs) });
    busyUntil.set(fault.target, endsMs + 250);
  }
  return planned;
}

const kindOf = ({ target }: Fault): string => target.replace(/-\d+$/, '');

/** Lets it happen, and writes it down. Settles when the last fault has ended. */
export async function carryOut(
  planned: readonly Planned[],
  recorder: Recorder,
  random: Random,
): Promise<void> {
  const start = now();
  // What one fault takes longer for than planned, the next one on the same target waits for.
  const chains = new Map<string, Promise<void>>();
  for (const one of planned) {
    const { target } = one.fault;
    chains.set(
      target,
      (chains.get(target) ?? Promise.resolve()).then(() => happen(one)),
    );
  }
  await Promise.all(chains.values());

  async function happen({ fault, beginsMs, endsMs }: Planned): Promise<void> {
    const { name, target } = fault;
    await pause(Math.max(0, start + beginsMs - now()));
    recorder.add({ kind: 'fault', at: now(), name, target, state: 'begins' });
    try {
      const end = await fault.begin(random);
      await pause(Math.max(0, start + endsMs - now()));
      await end();
      recorder.add({ kind: 'fault', at: now(), name, target, state: 'ends' });
    } catch (error) {
      recorder.add({ kind: 'fault', at: now(), name, target, state: 'failed' });
      console.error(`${name} of ${target} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
