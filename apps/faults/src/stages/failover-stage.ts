import type { Fault } from '../faults/fault.ts';
import { hubFaults } from '../faults/hub-faults.ts';
import { FaultProxy } from '../plant/fault-proxy.ts';
import { RedisProcess } from '../plant/redis-process.ts';
import { pause, until } from '../wait.ts';
import { openDoors } from './doors.ts';
import { missingRedis, startHubs } from './redis-stages.ts';
import type { Stage, StageKind, StageSetting } from './stage.ts';

/** A replica may be behind by what is written in so long when it is promoted. */
const MAX_LAG_MS = 600;

async function build({ folder, random }: StageSetting): Promise<Stage> {
  const settings = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--repl-diskless-sync-delay', '0'];
  const pair = [
    await RedisProcess.start('redis-0', folder, settings),
    await RedisProcess.start('redis-1', folder, settings),
  ];
  let [primary, replica] = pair as [RedisProcess, RedisProcess];
  const replication = await FaultProxy.start(() => ({ host: '127.0.0.1', port: primary.port }));
  await follow();
  const servers = await startHubs(folder, () => primary.port);
  const doors = await openDoors(servers.hubs, random);

  async function follow(): Promise<void> {
    await replica.ask(`REPLICAOF 127.0.0.1 ${replication.port}`);
    await until('the replica follows', 30_000, async () =>
      (await replica.ask('INFO replication').catch(() => '')).includes('master_link_status:up'),
    );
  }

  const failover: Fault = {
    name: 'failover of Redis',
    target: 'redis',
    lasts: [500, 3_000],
    async begin(drawn) {
      // What is written from now on is acknowledged, and lost.
      replication.freeze();
      await pause(drawn.between(0, MAX_LAG_MS));
      await primary.process.end('SIGKILL');
      replication.cut();
      replication.thaw();
      await replica.ask('REPLICAOF NO ONE');
      [primary, replica] = [replica, primary];
      for (const way of servers.ways) way.cut();
      return async () => {
        await replica.up();
        await follow();
      };
    },
  };
  return {
    promise: 'failover',
    streamUrls: doors.streamUrls,
    publishUrls: doors.publishUrls,
    faults: [failover, ...servers.hubs.flatMap(hubFaults), ...doors.faults],
    async stop() {
      await doors.close();
      await servers.stop();
      await replication.close();
      await Promise.all(pair.map((redis) => redis.process.end('SIGKILL')));
    },
  };
}

export const FAILOVER_STAGE: StageKind = {
  name: 'failover',
  title: 'Redis, an asynchronous replica is promoted, two servers',
  missing: missingRedis,
  build,
};
