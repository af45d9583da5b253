import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../faults/fault.ts';
import { hubFaults } from '../faults/hub-faults.ts';
import { redisFaults } from '../faults/redis-faults.ts';
import { HubProcess } from '../plant/hub-process.ts';
import { RedisProcess } from '../plant/redis-process.ts';
import { openDoors } from './doors.ts';
import { missingAfter, run, undoOnce } from './linux.ts';
import { missingRedis, startHubs } from './redis-stages.ts';
import type { Stage, StageKind, StageSetting } from './stage.ts';

const SIZE = '64m';
const PIECE = Buffer.alloc(64 * 1024);

/** Answers what takes it away again. */
function mount(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder);
  return undoOnce(() => void run('umount', '-l', folder));
}

function missingMount(): string | undefined {
  return missingAfter(() => {
    const folder = mkdtempSync(join(tmpdir(), 'sse-faults-mount-'));
    mount(folder)();
    rmSync(folder, { recursive: true, force: true });
  });
}

function fullDisk(disk: string): Fault {
  const filler = join(disk, 'filler');
  return {
    name: 'full disk',
    target: 'disk',
    lasts: [500, 5_000],
    async begin() {
      const file = openSync(filler, 'w');
      try {
        for (;;) writeSync(file, PIECE);
      } catch {
        // It is full.
      }
      closeSync(file);
      return async () => rmSync(filler, { force: true });
    },
  };
}

async function buildLmdb({ folder, random }: StageSetting): Promise<Stage> {
  const disk = join(folder, 'disk');
  const unmount = mount(disk);
  const env = { STORE: 'lmdb', DATA_DIR: disk };
  const hub = await HubProcess.start({ name: 'server-0', folder, env });
  const doors = await openDoors([hub], random);
  const full = fullDisk(disk);
  return {
    promise: 'kept',
    streamUrls: doors.streamUrls,
    publishUrls: doors.publishUrls,
    faults: [full, ...hubFaults(hub), ...doors.faults.slice(0, 6)],
    async stop() {
      await doors.close();
      await hub.process.end('SIGKILL');
      unmount();
    },
  };
}

async function buildRedis({ folder, random }: StageSetting): Promise<Stage> {
  const disk = join(folder, 'disk');
  const unmount = mount(disk);
  // With `always` a Redis that cannot write ends, and comes back only once there is room.
  const fsync = random.pick(['always', 'everysec']);
  const settings = ['--appendonly', 'yes', '--appendfsync', fsync];
  const redis = await RedisProcess.start('redis', folder, settings, join(disk, 'redis'));
  const servers = await startHubs(folder, () => redis.port);
  const doors = await openDoors(servers.hubs, random);
  const full = fullDisk(disk);
  const healed: Fault = {
    ...full,
    async begin(drawn) {
      const end = await full.begin(drawn);
      return async () => {
        await end();
        await redis.up();
      };
    },
  };
  return {
    promise: 'told',
    streamUrls: doors.streamUrls,
    publishUrls: doors.publishUrls,
    faults: [healed, ...redisFaults(redis), ...servers.hubs.flatMap(hubFaults)],
    async stop() {
      await doors.close();
      await servers.stop();
      await redis.process.end('SIGKILL');
      unmount();
    },
  };
}

export const DISK_STAGES: readonly StageKind[] = [
  {
    name: 'disk',
    title: 'LMDB on a small disk that is full at times',
    missing: missingMount,
    build: buildLmdb,
  },
  {
    name: 'disk-redis',
    title: 'Redis on a small disk that is full at times',
    missing: () => missingRedis() ?? missingMount(),
    build: buildRedis,
  },
];
