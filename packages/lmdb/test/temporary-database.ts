import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The path of a database that is not there yet, in a folder of its own that is removed after the tests of the file. */
export function temporaryDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sse-lmdb-'));
  folders.push(folder);
  return join(folder, 'events.lmdb');
}
