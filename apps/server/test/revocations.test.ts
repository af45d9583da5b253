import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { RedisServer, redisPath } from '../../../packages/redis/test/support/redis-server.ts';
import { ask, publishOk } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from './support/server-process.ts';
import { openStream, SseReader } from './support/sse-reader.ts';
import { ann, bearer, root, SECRET } from './support/tokens.ts';

afterEach(() => killServers());

const start = (env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> =>
  startServer({ env: { JWT_SECRET: SECRET, HEARTBEAT_INTERVAL: '2', ...env } });
const open = (server: ServerProcess, text: string): Promise<SseReader> =>
  openStream(`${server.url}/stream`, { headers: bearer(text) });
const revoke = async (server: ServerProcess, body: object): Promise<number> =>
  (
    await ask(server, '/revocations', {
      method: 'POST',
      headers: { ...bearer(root()), 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify(body),
    })
  ).status;
const refused = async (server: ServerProcess, text: string): Promise<void> => {
  const reader = new SseReader(`${server.url}/stream`, { headers: bearer(text) });
  await eventually(() => expect(reader.status).toBe(401));
};

test('a revocation ends the streams of all workers within a heartbeat, and is known to each of them', async () => {
  const server = await start({ WORKERS: '2' });
  const streams = await Promise.all(Array.from({ length: 8 }, () => open(server, ann())));
  const others = await Promise.all(Array.from({ length: 4 }, () => open(server, ann({ sub: 'bob' }))));
  const since = performance.now();
  expect(await revoke(server, { sub: 'ann' })).toBe(204);
  for (const stream of streams)
    await eventually(() => expect(stream.system('closing')).toMatchObject([{ reason: 'revoked' }]));
  expect(performance.now() - since).toBeLessThan(2_000);
  await publishOk(server, { type: 'orders.x' });
  for (const other of others) await eventually(() => expect(other.events()).toHaveLength(1));
  for (const stream of streams) expect(stream.events()).toEqual([]);
  for (let time = 0; time < 6; time++) await refused(server, ann());
});

test('a ticket of one worker is redeemed once, by whichever worker', async () => {
  const server = await start({ WORKERS: '2' });
  for (let time = 0; time < 4; time++) {
    const { body } = await ask(server, '/tickets', {
      method: 'POST',
      headers: { ...bearer(ann()), Connection: 'close' },
    });
    const readers = Array.from(
      { length: 4 },
      () => new SseReader(`${server.url}/stream?ticket=${body['ticket']}`),
    );
    await eventually(() => expect(readers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]));
  }
});

test.skipIf(redisPath === undefined)(
  'servers of one Redis count the tries of an address together',
  async () => {
    const redis = await RedisServer.start();
    try {
      const env = { STORE: 'redis', REDIS_URL: redis.url, MAX_AUTH_TRIES: '4' };
      const servers = [await start(env), await start(env)];
      const statuses: number[] = [];
      for (let n = 0; n < 6; n++)
        statuses.push(
          (await ask(servers[n % 2] as ServerProcess, '/clients', { headers: bearer(ann({ exp: 1 })) }))
            .status,
        );
      expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
    } finally {
      await killServers();
      await redis.remove();
    }
  },
);

test.skipIf(redisPath === undefined)(
  "servers of one Redis know of each other's revocations and tickets",
  async () => {
    const redis = await RedisServer.start();
    try {
      const env = { STORE: 'redis', REDIS_URL: redis.url };
      const [one, two] = [await start(env), await start(env)];
      const stream = await open(two, ann());
      const given = await ask(one, '/tickets', { method: 'POST', headers: bearer(ann({ sub: 'bob' })) });
      (await new SseReader(`${two.url}/stream?ticket=${given.body['ticket']}`).opened()).close();
      expect(await revoke(one, { sub: 'ann' })).toBe(204);
      await eventually(() => expect(stream.system('closing')).toMatchObject([{ reason: 'revoked' }]));
      await refused(two, ann());
    } finally {
      await killServers();
      await redis.remove();
    }
  },
);

describe('a restart', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('by %s keeps what is revoked', async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'sse-auth-'));
    try {
      const first = await start({ DATA_DIR: folder });
      await revoke(first, { jti: 'one' });
      await first.stop(signal);
      const second = await start({ DATA_DIR: folder });
      await refused(second, ann({ jti: 'one' }));
      (await open(second, ann({ jti: 'two' }))).close();
    } finally {
      await killServers();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
