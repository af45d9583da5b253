import { join } from 'node:path';
import { hubFaults, workerFaults } from '../faults/hub-faults.ts';
import type { StorePromise } from '../history.ts';
import { HubProcess } from '../plant/hub-process.ts';
import { openDoors } from './doors.ts';
import type { Stage, StageKind, StageSetting } from './stage.ts';

interface LmdbShape {
  readonly servers: number;
  readonly workers?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly promise?: StorePromise;
}

async function build({ folder, random }: StageSetting, shape: LmdbShape): Promise<Stage> {
  const { servers, workers = 1, promise = 'kept' } = shape;
  const env = {
    STORE: 'lmdb',
    DATA_DIR: join(folder, 'data'),
    WORKERS: String(workers),
    // Neither a kill of the process makes a difference to; both are tried.
    DURABILITY: random.pick(['disk', 'os']),
    ...shape.env,
  };
  const hubs: HubProcess[] = [];
  for (let n = 0; n < servers; n++) hubs.push(await HubProcess.start({ name: `server-${n}`, folder, env }));
  const doors = await openDoors(hubs, random);
  return {
    promise,
    streamUrls: doors.streamUrls,
    publishUrls: doors.publishUrls,
    faults: [
      ...hubs.flatMap((hub) => [...hubFaults(hub), ...(workers > 1 ? workerFaults(hub) : [])]),
      ...doors.faults,
    ],
    async stop() {
      await doors.close();
      await Promise.all(hubs.map((hub) => hub.process.end('SIGKILL')));
    },
  };
}

const kind = (name: string, title: string, shape: LmdbShape): StageKind => ({
  name,
  title,
  missing: () => undefined,
  build: (setting) => build(setting, shape),
});

export const LMDB_STAGES: readonly StageKind[] = [
  kind('lmdb', 'LMDB, one server', { servers: 1 }),
  kind('workers', 'LMDB, one server with `WORKERS=2`', { servers: 1, workers: 2 }),
  kind('shared', 'LMDB, two servers in one folder', { servers: 2 }),
  kind('evict', 'LMDB, two servers, a history of 200 events', {
    servers: 2,
    env: { HISTORY_SIZE: '200' },
    promise: 'told',
  }),
];
