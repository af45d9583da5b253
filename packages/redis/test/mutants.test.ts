import { type EventLogFixture, eventLogLaws } from '@sse/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisEventLog } from '../src/index.ts';
import { freshPrefix } from './support/logs.ts';
import { lyingClient, type Rewrite, replacing } from './support/lying-client.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { anythingHappens } from './support/scenarios.ts';

let redis: RedisServer;
beforeAll(async () => {
  // Its own: another log would have left the right scripts with it.
  if (redisPath !== undefined) redis = await RedisServer.start();
});
afterAll(() => redis?.remove());

const MUTANTS: Readonly<Record<string, readonly [found: string, by: string]>> = {
  'entries name no entry before them': ["'p', last,", "'p', '1-1',"],
  'entries name the one before the publish': ['    last = id\n', ''],
  'a repeated key adds again': ["key ~= '' and redis.call('HGET', keys, key)", 'false'],
  'a key is not kept': ["redis.call('HSET', keys, key, id)", ''],
  'nothing is ever dropped': ["'MAXLEN', '~', ARGV[2],", ''],
  'all but the newest is dropped': ["'MAXLEN', '~', ARGV[2],", "'MAXLEN', '1',"],
  'the name of an event is forgotten': ["= 'e'", "= 'x'"],
  'what can not be proven is an empty page': ['return known', 'known[3] = ARGV[1] return known'],
  'the last id is not kept': ["redis.call('HSET', head, 'last', last)", ''],
  'the tail begins before all entries': ['return { epoch, last, run }', 'return { epoch, epoch, run }'],
  'every log has the same epoch, and begins anew with the ids of the last': [
    'begin(ARGV[1])',
    "begin('0-5')",
  ],
  'nothing is counted': ["{ redis.call('XLEN', events), bytes", '{ 0, bytes'],
};

function fixture(rewrite: Rewrite): EventLogFixture {
  const prefixes = new Map<unknown, string>();
  const open = (prefix: string, maxEntries: number): RedisEventLog => {
    const log = new RedisEventLog({ client: lyingClient(redis.port, rewrite), prefix, maxEntries });
    prefixes.set(log, prefix);
    return log;
  };
  return {
    create: async ({ maxEntries }) => open(freshPrefix(), maxEntries),
    peer: async (log) => open(prefixes.get(log) ?? '', 1_000),
    timeoutMs: 500,
  };
}

/** A cursor of an empty log proves nothing once that log has been emptied. */
async function emptiedEmptyLog(rewrite: Rewrite): Promise<void> {
  const prefix = freshPrefix();
  const log = new RedisEventLog({ client: lyingClient(redis.port, rewrite), prefix });
  const { value } = await log.tail(new AbortController().signal)[Symbol.asyncIterator]().next();
  await redis.ask(`DEL {${prefix}}:head`);
  const other = new RedisEventLog({ client: lyingClient(redis.port, rewrite), prefix });
  await other.append([{ topic: 'n', data: '1' }]);
  const page = await other.read(value?.position, 10);
  await Promise.all([log.close(), other.close()]);
  if (page.kind !== 'gap') throw new Error('The start of another log is taken for that of this one');
}

/** Everything that may catch a fault, the quick ones first; the first that does ends it. */
async function examine(rewrite: Rewrite): Promise<void> {
  await emptiedEmptyLog(rewrite);
  for (const law of eventLogLaws) await law.check(fixture(rewrite));
  for (const seed of [1, 2]) await anythingHappens(redis, seed, () => lyingClient(redis.port, rewrite));
}

describe.skipIf(redisPath === undefined)('what is proven here can fail', () => {
  test('a client that changes nothing passes', () => examine((command) => command));

  test.each(Object.entries(MUTANTS))('a log in which %s is caught', async (_, [found, by]) => {
    const { rewrite, wasUsed } = replacing(found, by);
    await expect(examine(rewrite)).rejects.toThrow();
    expect(wasUsed()).toBe(true);
  });

  test('a log whose tail asks for "new" with each read is caught', async () => {
    const rewrite: Rewrite = (command) => (command[0] === 'XREAD' ? [...command.slice(0, -1), '$'] : command);
    await expect(examine(rewrite)).rejects.toThrow();
  });
});
