import { afterAll, beforeAll, describe, test } from 'vitest';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { anythingHappens } from './support/scenarios.ts';

let redis: RedisServer;
beforeAll(async () => {
  if (redisPath !== undefined) redis = await RedisServer.start();
});
afterAll(() => redis?.remove());

/** The same in every run, unless `SEED` names another. */
const SEED = Number(process.env['SEED'] ?? 20_260_101);

describe.skipIf(redisPath === undefined)('whatever happens to the store', () => {
  test.each([0, 1, 2, 3, 4, 5])(
    'no read and no stream has a hole that it does not tell of (seed + %i)',
    (n) => anythingHappens(redis, SEED + n),
  );
});
