import { hubFaults } from '../faults/hub-faults.ts';
import { networkFaults } from '../faults/network-faults.ts';
import { historyFaults, redisFaults } from '../faults/redis-faults.ts';
import type { StorePromise } from '../history.ts';
import { FaultProxy } from '../plant/fault-proxy.ts';
import { HubProcess } from '../plant/hub-process.ts';
import { RedisProcess, redisProgram } from '../plant/redis-process.ts';
import { openDoors } from './doors.ts';
import type { Stage, StageKind, StageSetting } from './stage.ts';

export const REDIS_PREFIX = 'faults';
/** The key of the stream, as packages/redis names it. */
const STREAM_KEY = `{${REDIS_PREFIX}}:events`;

interface RedisShape {
  readonly fsync: 'always' | 'everysec';
  readonly promise: StorePromise;
  /** Whether others empty and trim the history. */
  readonly losesHistory?: boolean;
}

async function build({ folder, random }: StageSetting, shape: RedisShape): Promise<Stage> {
  const redis = await RedisProcess.start('redis', folder, [
    '--appendonly',
    'yes',
    '--appendfsync',
    shape.fsync,
  ]);
  const servers = await startHubs(folder, () => redis.port);
  const doors = await openDoors(servers.hubs, random);
  return {
    promise: shape.promise,
    streamUrls: doors.streamUrls,
    publishUrls: doors.publishUrls,
    faults: [
      ...servers.hubs.flatMap(hubFaults),
      ...servers.ways.flatMap((way, n) => networkFaults(way, 'Redis', `way-${n}`)),
      ...redisFaults(redis),
      ...(shape.losesHistory === true ? historyFaults(redis, STREAM_KEY) : []),
      ...doors.faults,
    ],
    async stop() {
      await doors.close();
      await servers.stop();
      await redis.process.end('SIGKILL');
    },
  };
}

/** Two servers, each with a way of its own to the Redis at `port`. */
export async function startHubs(
  folder: string,
  port: () => number,
): Promise<{
  readonly hubs: readonly HubProcess[];
  readonly ways: readonly FaultProxy[];
  stop(): Promise<void>;
}> {
  const hubs: HubProcess[] = [];
  const ways: FaultProxy[] = [];
  for (let n = 0; n < 2; n++) {
    const way = await FaultProxy.start(() => ({ host: '127.0.0.1', port: port() }));
    ways.push(way);
    const env = { STORE: 'redis', REDIS_URL: `redis://127.0.0.1:${way.port}`, REDIS_PREFIX };
    hubs.push(await HubProcess.start({ name: `server-${n}`, folder, env }));
  }
  return {
    hubs,
    ways,
    async stop() {
      await Promise.all(hubs.map((hub) => hub.process.end('SIGKILL')));
      await Promise.all(ways.map((way) => way.close()));
    },
  };
}

const kind = (name: string, title: string, shape: RedisShape): StageKind => ({
  name,
  title,
  missing: missingRedis,
  build: (setting) => build(setting, shape),
});

export function missingRedis(): string | undefined {
  return redisProgram() === undefined ? 'no redis-server on PATH, and no REDIS_SERVER_PATH' : undefined;
}

export const REDIS_STAGES: readonly StageKind[] = [
  kind('redis', 'Redis, `appendfsync always`, two servers', { fsync: 'always', promise: 'kept' }),
  kind('everysec', 'Redis, `appendfsync everysec`, two servers', { fsync: 'everysec', promise: 'told' }),
  kind('flush', 'Redis, emptied and trimmed by others, two servers', {
    fsync: 'everysec',
    promise: 'told',
    losesHistory: true,
  }),
];
