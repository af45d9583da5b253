import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { RedisCounts, RedisEventLog } from '../src/index.ts';
import { freshPrefix } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  if (redisPath !== undefined) server = await RedisServer.start();
});
afterAll(() => server?.remove());

function counts(prefix: string, windowMs = 60_000): RedisCounts {
  const log = new RedisEventLog({ client: createClient({ url: server.url }), prefix });
  onTestFinished(() => log.close());
  const made = new RedisCounts({ log });
  made.init({ windowMs });
  return made;
}

describe.skipIf(redisPath === undefined)('RedisCounts', () => {
  test('add up what all servers count, each key for itself', async () => {
    const prefix = freshPrefix();
    const [one, two] = [counts(prefix), counts(prefix)];
    expect(await one.get('a')).toBeUndefined();
    await one.increment('a');
    await two.increment('a');
    await two.increment('b');
    expect((await one.increment('a')).totalHits).toBe(3);
    await one.decrement('a');
    const { totalHits, resetTime } = (await two.get('a')) ?? {};
    expect(totalHits).toBe(2);
    expect((resetTime?.getTime() ?? 0) - Date.now()).toSatisfy((ms: number) => ms > 50_000 && ms <= 60_000);
    await two.resetKey('a');
    expect(await one.get('a')).toBeUndefined();
    expect((await one.get('b'))?.totalHits).toBe(1);
  });

  test('forget a key when its window is over', async () => {
    const one = counts(freshPrefix(), 60);
    await one.increment('a');
    await expect.poll(() => one.get('a')).toBeUndefined();
    expect((await one.increment('a')).totalHits).toBe(1);
  });

  test('refuse a window that is none', () => {
    expect(() => counts(freshPrefix(), 0)).toThrow(/`windowMs` to be a positive integer/);
  });
});
