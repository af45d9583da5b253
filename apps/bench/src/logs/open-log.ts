import { join } from 'node:path';
import { type EventLog, MemoryEventLog } from '@sse/core';
import type { LogName } from '../systems/system.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface LogSettings {
  readonly log?: LogName;
  /** Entries that are kept. */
  readonly history: number;
}

/** An event log with nothing in it; what it stands on ends with this process. */
export async function openLog({ log = 'memory', history }: LogSettings): Promise<EventLog> {
  // Imported when needed, so that what is not measured takes no memory.
  if (log === 'lmdb') {
    const { LmdbEventLog } = await import('@sse/lmdb');
    return new LmdbEventLog({ path: join(temporaryFolder(), 'log.lmdb'), maxEntries: history });
  }
  if (log === 'redis') {
    const { RedisEventLog } = await import('@sse/redis');
    const { createClient } = await import('redis');
    const { startRedis } = await import('./redis-server.ts');
    return new RedisEventLog({ client: createClient({ url: await startRedis() }), maxEntries: history });
  }
  return new MemoryEventLog({ maxEntries: history, maxBytes: MEMORY_BYTES });
}

/** Enough for the 100,000 entries of the longest replay. */
const MEMORY_BYTES = 2 ** 28;
