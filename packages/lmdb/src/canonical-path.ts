import { mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { notOpened } from './unavailable.ts';

/**
 * The path by which all logs of a process find the same database. Makes its folder.
 *
 * @throws SseError `log-unavailable` where that can't be done.
 */
export function canonicalPath(path: string): string {
  const folder = resolve(dirname(path));
  try {
    mkdirSync(folder, { recursive: true });
    const file = join(realpathSync(folder), basename(path));
    return resolveLink(file);
  } catch (cause) {
    throw notOpened(path, cause);
  }
}

/** A file that is not there yet has no other name. */
function resolveLink(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
