import { type EventLogFixture, eventLogLaws } from '@sse/core/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type RedisClientSource, RedisEventLog } from '../src/index.ts';
import { CLIENTS } from './support/clients.ts';
import { freshPrefix } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  if (redisPath !== undefined) server = await RedisServer.start();
});
afterAll(() => server?.remove());

/** Logs by one kind of client, alone on their store or two at a time. */
function fixture(client: (port: number) => RedisClientSource, isShared: boolean): EventLogFixture {
  const prefixes = new Map<unknown, string>();
  const open = (prefix: string, maxEntries: number): RedisEventLog => {
    const log = new RedisEventLog({ client: client(server.port), prefix, maxEntries });
    prefixes.set(log, prefix);
    return log;
  };
  return {
    create: async ({ maxEntries }) => open(freshPrefix(), maxEntries),
    ...(isShared ? { peer: async (log) => open(prefixes.get(log) ?? '', 1_000) } : {}),
  };
}

for (const [name, client] of Object.entries(CLIENTS)) {
  // Laws are about the log; that a client speaks to it as the newest does can be seen with one instance.
  for (const isShared of name === 'redis' || name === 'ioredis' ? [false, true] : [false]) {
    const many = isShared ? 'two instances on one store' : 'one instance';
    describe.skipIf(redisPath === undefined)(`${many} by ${name} keeps the laws of every log`, () => {
      for (const law of eventLogLaws) test(law.name, () => law.check(fixture(client, isShared)));
    });
  }
}
