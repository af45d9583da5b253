import { readFile } from 'node:fs/promises';
import type { ServerProcess } from './server-process.ts';

/** The processes that serve: the children of the one that was started. */
export async function workerPids(server: ServerProcess): Promise<readonly number[]> {
  const text = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}
