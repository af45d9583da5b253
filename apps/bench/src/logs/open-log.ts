import { join } from 'node:path';
import { type EventLog, MemoryEventLog } from '@sse/core';
import { LmdbEventLog } from '@sse/lmdb';
import { RedisEventLog } from '@sse/redis';
import { createClient } from 'redis';
import type { LogName } from '../systems/system.ts';
import { startRedis } from './redis-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface LogSettings {
  readonly log?: LogName;
  /** Entries that are kept. */
  readonly history: number;
}

/** An event log with nothing in it; what it stands on ends with this process. */
export async function openLog({ log = 'memory', history }: LogSettings): Promise<EventLog> {
  if (log === 'lmdb')
    return new LmdbEventLog({ path: join(temporaryFolder(), 'log.lmdb'), maxEntries: history });
  if (log === 'redis') {
    const client = createClient({ url: await startRedis() });
    return new RedisEventLog({ client, maxEntries: history });
  }
  return new MemoryEventLog({ maxEntries: history, maxBytes: 2 ** 28 });
}
