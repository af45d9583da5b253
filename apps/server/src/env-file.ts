import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/**
 * The variables of a `.env` file; none where there is no such file.
 *
 * Nothing is written to `process.env`, as `process.loadEnvFile` would: a secret in the file is not inherited by a
 * child process, and the caller sees what wins: `{ ...readEnvFile('.env'), ...process.env }`.
 *
 * @throws The file system's error for a file that is there but cannot be read.
 */
export function readEnvFile(path: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
