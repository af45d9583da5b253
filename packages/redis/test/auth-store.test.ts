import type { AuthStore } from '@sse/core';
import { type AuthStoreFixture, authStoreLaws } from '@sse/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisAuthStore, type RedisClientSource, RedisEventLog } from '../src/index.ts';
import { CLIENTS } from './support/clients.ts';
import { freshPrefix } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';

const clientOf = (port: number, name = 'redis'): RedisClientSource =>
  CLIENTS[name]?.(port) as RedisClientSource;

let server: RedisServer;
beforeAll(async () => {
  if (redisPath !== undefined) server = await RedisServer.start();
});
afterAll(() => server?.remove());

const logOf = (prefix: string, client = 'redis'): RedisEventLog =>
  new RedisEventLog({ client: clientOf(server.port, client), prefix });

/** Stores on logs of their own, two at a time on one prefix. */
function fixture(client: string): AuthStoreFixture {
  const prefixes = new WeakMap<AuthStore, string>();
  const open = (prefix: string, bounds: object): AuthStore => {
    const log = logOf(prefix, client);
    const store = new RedisAuthStore({ log, ...bounds });
    prefixes.set(store, prefix);
    const close = store.close.bind(store);
    store.close = () => close().then(() => log.close());
    return store;
  };
  return {
    create: async (bounds) => open(freshPrefix(), bounds),
    peer: async (store, bounds) => open(prefixes.get(store) ?? '', bounds),
  };
}

for (const name of ['redis', 'ioredis'] as const)
  describe.skipIf(redisPath === undefined)(
    `two RedisAuthStores by ${name} keep the laws of every store`,
    () => {
      for (const law of authStoreLaws) test(law.name, () => law.check(fixture(name)));
    },
  );

describe.skipIf(redisPath === undefined)('a RedisAuthStore', () => {
  test('of another prefix knows nothing', async () => {
    const logs = [logOf(freshPrefix()), logOf(freshPrefix())];
    const [one, other] = logs.map((log) => new RedisAuthStore({ log }));
    await one?.revoke('a', Date.now() + 60_000);
    expect(await other?.isRevoked(['a'])).toBe(false);
    await Promise.all(logs.map((log) => log.close()));
  });

  test('rejects with `log-unavailable` while Redis is away', async () => {
    const own = await RedisServer.start();
    const log = new RedisEventLog({ client: clientOf(own.port), prefix: freshPrefix() });
    const store = new RedisAuthStore({ log });
    await store.revoke('a', Date.now() + 60_000);
    await own.remove();
    for (const call of [() => store.isRevoked(['a']), () => store.revocations(), () => store.takeTicket('t')])
      await expect(call()).rejects.toMatchObject({ code: 'log-unavailable' });
    await log.close();
  });
});

test.skipIf(redisPath === undefined)('a bound that is no positive integer is refused', async () => {
  const log = logOf(freshPrefix());
  expect(() => new RedisAuthStore({ log, maxTickets: 0 })).toThrow(/`maxTickets` to be a positive integer/);
  await log.close();
});
