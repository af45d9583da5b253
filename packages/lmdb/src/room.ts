import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'lmdb';

/** What writing leaves free, so that what has to be written on a full disk still finds room: pruning, revocations. */
export const RESERVE_BYTES: number = 1024 * 1024;
/** What is free where such are done. */
export const SPARE_BYTES: number = 256 * 1024;
const PAGE_BYTES = 4_096;

/** What a transaction with entries of `bytes` in all, `keyed` of which have an idempotency key, may take at the most. */
export function roomFor(bytes: number, keyed: number): number {
  // An entry of a little more than a page takes two; a key lies in a page of its own of many, which is written anew.
  return RESERVE_BYTES + 2 * bytes + PAGE_BYTES * keyed;
}

/** What is free on the disk of a file, in bytes; `Infinity` where the system doesn't say. It takes some microseconds. */
export function roomOnDisk(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

interface PageCounts {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/**
 * What is free within a database's file: pages of what was dropped. `databases` are all that are in it, first the one
 * that has the others.
 */
export function roomInFile(path: string, databases: readonly [Database, ...Database[]]): number {
  const { size, blocks } = statSync(path);
  const [root] = databases;
  const { free, pageSize } = root.getStats() as PageCounts & { readonly free: PageCounts };
  const trees = [free, ...databases.map((database) => database.getStats() as PageCounts)];
  const used = trees.reduce(
    (pages, tree) => pages + tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages,
    2, // those that say where the others are
  );
  // A file may have holes, which take room once they are written.
  return Math.max(Math.min(size, blocks * 512) - used * pageSize, 0);
}
