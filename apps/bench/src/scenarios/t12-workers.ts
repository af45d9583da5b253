import { fanOut } from './fan-out.ts';
import type { Scenario } from './scenario.ts';

const WORKERS: Readonly<Record<string, string>> = { 'hub-1-worker': '1', 'hub-2-workers': '2' };

function onAllCores(name: string, perTurn: number): Scenario {
  return {
    name,
    title: `apps/server on all cores, load beside it: 1,000 subscribers, ${perTurn} a publish, store lmdb`,
    systems: Object.keys(WORKERS),
    metrics: [{ name: 'deliveries', label: 'deliveries/s', better: 'more' }],
    targets: [],
    isLong: true,
    run: (system, scale) =>
      fanOut('hub', scale, {
        subscribers: 1_000,
        publishing: { kind: 'burst', perTurn, inFlight: 80 },
        stage: {
          unpinned: true,
          env: { STORE: 'lmdb', DURABILITY: 'os', WORKERS: WORKERS[system] ?? '1' },
        },
      }),
  };
}

export const t12: readonly Scenario[] = [onAllCores('T12-a', 1), onAllCores('T12-b', 10)];
