import { execFileSync, spawn } from 'node:child_process';
import { freePort, whenListening } from '../systems/beside.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PROGRAM = process.env['REDIS_SERVER_PATH'] ?? 'redis-server';

/** Why there is no Redis here; absent where there is one. */
export function redisMissing(): string | undefined {
  try {
    execFileSync(PROGRAM, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs redis-server (or REDIS_SERVER_PATH)';
  }
}

/** Starts a Redis of its own that keeps nothing on disk and ends with this process; answers its URL. */
export async function startRedis(): Promise<string> {
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const redis = spawn(PROGRAM, [...settings, '--dir', temporaryFolder()], { stdio: 'ignore' });
  process.once('exit', () => redis.kill('SIGKILL'));
  await whenListening(port);
  return `redis://127.0.0.1:${port}`;
}
