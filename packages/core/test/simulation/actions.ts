import type { Random } from './random.ts';
import type { EventText } from './records.ts';

/** How much of each kind of trouble there is, from 0 to 1. */
export type Intensity = Readonly<Record<'crashes' | 'partitions' | 'losses' | 'trims' | 'clients', number>>;

/** Cursors that a client was never given: `earlier` is one of a life that is over. */
export type Forgery = 'earlier' | 'foreign' | 'garbage' | 'long';

interface At {
  readonly at: number;
}
interface OnServer extends At {
  readonly server: number;
}
interface OfClient extends At {
  readonly client: number;
}

/** One thing that is done to a world at its time, in virtual milliseconds. */
export type Action =
  | (OnServer & { readonly do: 'publish'; readonly n: number; readonly events: readonly EventText[] })
  | (OnServer & { readonly do: 'crash'; readonly downMs: number })
  | (OnServer & { readonly do: 'close'; readonly overMs: number; readonly downMs: number })
  | (OnServer & { readonly do: 'partition'; readonly how: 'hangs' | 'refuses'; readonly forMs: number })
  | (OnServer & { readonly do: 'delay'; readonly maxDelayMs: number; readonly forMs: number })
  | (OnServer & {
      readonly do: 'fail';
      readonly before: number;
      readonly after: number;
      readonly forMs: number;
    })
  | (OnServer & { readonly do: 'cut' | 'beat' })
  | (OnServer & { readonly do: 'revoke'; readonly share: number })
  | (At & { readonly do: 'trim'; readonly keep: number })
  | (At & { readonly do: 'flush'; readonly isNoticed: boolean })
  | (At & { readonly do: 'failover'; readonly count: number; readonly isNoticed: boolean })
  | (At & { readonly do: 'restart store'; readonly isEmpty: boolean; readonly downMs: number })
  | (At & { readonly do: 'storm'; readonly withinMs: number })
  | (OfClient & { readonly do: 'stall' | 'flow' | 'leave' | 'vanish' })
  | (OfClient & { readonly do: 'forge'; readonly how: Forgery });

interface Scene {
  readonly servers: number;
  readonly clients: number;
  readonly durationMs: number;
  readonly intensity: Intensity;
  readonly events: readonly (readonly EventText[])[];
}

export function drawActions(random: Random, scene: Scene): readonly Action[] {
  const { servers, clients, durationMs, intensity } = scene;
  const when = (): number => random.between(0, durationMs);
  const server = (): number => random.between(0, servers - 1);
  const client = (): number => random.between(0, clients - 1);
  const actions: Action[] = [];
  const some = (most: number, share: number, draw: () => Action): void => {
    for (let left = Math.round(random.next() * most * share); left > 0; left--) actions.push(draw());
  };

  // Some at the same moment, most spread out.
  let at = when();
  for (const [n, events] of scene.events.entries()) {
    if (random.chance(0.8)) at = when();
    actions.push({ do: 'publish', at, n, server: server(), events });
  }

  some(6, intensity.crashes, () => ({
    do: 'crash',
    at: when(),
    server: server(),
    downMs: random.between(0, 600),
  }));
  some(4, intensity.crashes, () => {
    const overMs = random.pick([0, 0, 200]);
    return { do: 'close', at: when(), server: server(), overMs, downMs: random.between(0, 500) };
  });
  some(8, intensity.partitions, () => {
    const how = random.pick(['hangs', 'refuses'] as const);
    return { do: 'partition', at: when(), server: server(), how, forMs: random.between(10, 1_500) };
  });
  some(8, intensity.partitions, () => {
    const maxDelayMs = random.pick([50, 200, 600]);
    return { do: 'delay', at: when(), server: server(), maxDelayMs, forMs: random.between(100, 1_500) };
  });
  some(8, intensity.partitions, () => {
    const [before, after] = [random.next() * 0.5, random.next() * 0.5];
    return { do: 'fail', at: when(), server: server(), before, after, forMs: random.between(100, 1_500) };
  });
  some(8, intensity.partitions, () => ({ do: 'cut', at: when(), server: server() }));
  some(8, intensity.trims, () => ({ do: 'trim', at: when(), keep: random.between(0, 20) }));
  some(6, intensity.losses, () => {
    return { do: 'failover', at: when(), count: random.between(1, 12), isNoticed: random.chance(0.5) };
  });
  some(3, intensity.losses, () => ({ do: 'flush', at: when(), isNoticed: random.chance(0.5) }));
  some(2, intensity.losses, () => {
    return { do: 'restart store', at: when(), isEmpty: random.chance(0.5), downMs: random.between(10, 800) };
  });
  some(3, intensity.clients, () => ({ do: 'storm', at: when(), withinMs: random.pick([0, 0, 100]) }));
  some(6, intensity.clients, () => ({ do: 'beat', at: when(), server: server() }));
  some(2, intensity.clients, () => ({ do: 'revoke', at: when(), server: server(), share: random.next() }));
  some(20, intensity.clients, () => ({ do: 'stall', at: when(), client: client() }));
  some(20, intensity.clients, () => ({ do: 'flow', at: when(), client: client() }));
  some(40, intensity.clients, () => ({ do: 'leave', at: when(), client: client() }));
  some(6, intensity.clients, () => ({ do: 'vanish', at: when(), client: client() }));
  some(8, intensity.clients, () => {
    const how = random.pick(['earlier', 'foreign', 'garbage', 'long'] as const);
    return { do: 'forge', at: when(), client: client(), how };
  });
  return actions.sort((a, b) => a.at - b.at);
}
