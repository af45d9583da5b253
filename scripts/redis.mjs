// Where the tests find redis-server. `node scripts/redis.mjs` installs it where that can be.
import { fileURLToPath } from 'node:url';
import { findProgram, provideProgram } from './test-program.mjs';

const REDIS = {
  variable: 'REDIS_SERVER_PATH',
  names: ['redis-server', 'valkey-server'],
  aptPackage: 'redis-server',
  neededBy: 'the tests with Redis',
};

/** The server in `REDIS_SERVER_PATH`, or the first that is on PATH; `undefined` without one. */
export function findRedis() {
  return findProgram(REDIS);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) provideProgram(REDIS);
