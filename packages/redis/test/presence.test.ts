import { type Client, sseErrorCode } from '@sse/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisPresence, type RedisPresenceOptions } from '../src/index.ts';
import { freshPrefix } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { eventually, persistently, Server } from './support/server.ts';

let redis: RedisServer;
let prefix: string;
let members: Member[];

beforeEach(async () => {
  if (redisPath === undefined) return;
  redis = await RedisServer.start();
  prefix = freshPrefix();
  members = [];
});
afterEach(async () => {
  redis?.goOn();
  for (const { presence, server } of members ?? []) {
    await presence.close();
    await server.close();
  }
  await redis?.remove();
});

interface Member {
  readonly server: Server;
  readonly presence: RedisPresence;
}

async function join(options: Partial<RedisPresenceOptions> = {}): Promise<Member> {
  const server = new Server(() => redis.port, { prefix });
  await server.running();
  const bounds = { reportMs: 50, expiryMs: 400 };
  const presence = new RedisPresence({
    log: server.log,
    broadcaster: server.broadcaster,
    ...bounds,
    ...options,
  });
  members.push({ server, presence });
  return { server, presence };
}

const all = async ({ presence }: Member, range = { limit: 100, offset: 0 }): Promise<readonly Client[]> =>
  (await presence.page(range)).clients;
const idsOf = async (member: Member): Promise<string[]> => (await all(member)).map(({ id }) => id);

describe.skipIf(redisPath === undefined)('presence', () => {
  test('every server lists the clients of all, the oldest first, with what each is', async () => {
    const [one, two] = [await join(), await join()];
    const peers = [await one.server.connect(), await two.server.connect(), await one.server.connect()];
    for (const member of [one, two])
      await eventually(async () => expect(await idsOf(member)).toHaveLength(3));
    const listed = await all(two);
    expect(listed.map(({ connectedAt }) => connectedAt)).toEqual(
      peers.map(({ subscription }) => subscription.client.connectedAt),
    );
    expect(listed).toContainEqual(peers[0]?.subscription.client);
    expect(await one.presence.count()).toBe(3);
    await one.server.publish(1);
    await eventually(async () =>
      expect((await all(two)).map(({ eventsReceived }) => eventsReceived)).toEqual([1, 1, 1]),
    );
    peers[0]?.sink.leave();
    await eventually(async () => expect(await two.presence.count()).toBe(2));
  });

  test('what a server says of its own clients is of now', async () => {
    const { server, presence } = await join({ reportMs: 60_000, expiryMs: 120_000 });
    expect(await presence.count()).toBe(0);
    const peer = await server.connect();
    expect(await presence.page({ limit: 1, offset: 0 })).toEqual({
      count: 1,
      clients: [peer.subscription.client],
    });
    peer.sink.leave();
    expect(await presence.count()).toBe(0);
  });

  test('pages have all clients once', async () => {
    const [one, two] = [await join(), await join()];
    for (let n = 0; n < 5; n++) await (n % 2 === 0 ? one : two).server.connect();
    await eventually(async () => expect(await one.presence.count()).toBe(5));
    const pages = [];
    for (const offset of [0, 2, 4, 6]) pages.push(await all(one, { limit: 2, offset }));
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1, 0]);
    expect(pages.flat().map(({ id }) => id)).toEqual(await idsOf(one));
    expect(new Set(await idsOf(one)).size).toBe(5);
  });

  test('a client is ended by whichever server is asked', async () => {
    const [one, two] = [await join(), await join()];
    const [near, far] = [await one.server.connect(), await two.server.connect()];
    await eventually(async () => expect(await one.presence.count()).toBe(2));
    expect(await one.presence.disconnect(near.subscription.id)).toBe(true);
    expect(await one.presence.disconnect(far.subscription.id)).toBe(true);
    expect(await far.subscription.over).toBe('revoked');
    expect(near.sink.text).toContain('"reason":"revoked"');
    await eventually(async () => expect(await one.presence.count()).toBe(0));
    expect(await one.presence.disconnect(far.subscription.id)).toBe(false);
    expect(await one.presence.disconnect('nobody')).toBe(false);
  });

  test('the clients of a server that says nothing any more are gone after a while, and nothing of them is left', async () => {
    const [one, two] = [await join(), await join({ reportMs: 200, expiryMs: 400 })];
    await two.server.connect();
    await eventually(async () => expect(await one.presence.count()).toBe(1));
    // As a crash would: it closes nothing, and reports no more.
    await two.server.log.close();
    await eventually(async () => expect(await one.presence.count()).toBe(0));
    expect(await one.presence.disconnect('nobody')).toBe(false);
    await one.presence.close();
    const keys = await redis.ask(`KEYS {${prefix}}:presence:*`);
    expect(keys).toBe('*0');
  });

  test('a server that leaves takes its clients with it at once', async () => {
    const [one, two] = [await join(), await join({ reportMs: 60_000, expiryMs: 120_000 })];
    await two.server.connect();
    await two.presence.count();
    expect(await one.presence.count()).toBe(1);
    await two.presence.close();
    expect(await one.presence.count()).toBe(0);
    await expect(two.presence.count()).rejects.toMatchObject({ code: 'closed' });
  });

  test('a flush is made good by the next report', async () => {
    const [one, two] = [await join(), await join()];
    await one.server.connect();
    await two.server.connect();
    await eventually(async () => expect(await one.presence.count()).toBe(2));
    await redis.ask('FLUSHALL');
    await eventually(async () => expect(await one.presence.count()).toBe(2));
  });

  test('while Redis is away it says so; then all are there again', async () => {
    const errors: unknown[] = [];
    const [one, two] = [await join({ onError: (error) => void errors.push(error) }), await join()];
    await two.server.connect();
    await eventually(async () => expect(await one.presence.count()).toBe(1));
    await redis.kill();
    await expect(one.presence.page({ limit: 1, offset: 0 })).rejects.toMatchObject({
      code: 'log-unavailable',
    });
    await expect(one.presence.disconnect('x')).rejects.toMatchObject({ code: 'log-unavailable' });
    await eventually(() => expect(errors.map(sseErrorCode)).toContain('log-unavailable'));
    await redis.up();
    await persistently(async () => expect(await one.presence.count()).toBe(1));
    const peer = await two.server.connect();
    await eventually(async () => expect(await one.presence.count()).toBe(2));
    await eventually(async () => {
      await one.presence.disconnect(peer.subscription.id);
      expect(peer.sink.ended).toBe(true);
    });
  });

  test('many clients are told of in pieces', async () => {
    const [one, two] = [await join(), await join()];
    const peers = await Promise.all(Array.from({ length: 1_203 }, () => one.server.connect()));
    await eventually(async () => expect(await two.presence.count()).toBe(1_203));
    expect(await all(two, { limit: 2_000, offset: 0 })).toHaveLength(1_203);
    for (const { sink } of peers) sink.leave();
    await eventually(async () => expect(await two.presence.count()).toBe(0));
  });
});

test('what is no log, and no option, is refused', async () => {
  const server = new Server(() => 1, { prefix: 'x' });
  const made = (options: object) => () =>
    new RedisPresence({ log: server.log, broadcaster: server.broadcaster, ...options });
  expect(made({ log: {} })).toThrow('Expected `log` to be a RedisEventLog, got `{}` (object)');
  expect(made({ reportMs: 0 })).toThrow('Expected `reportMs` to be a positive integer, got `0` (number)');
  expect(made({ expiryMs: 9_999 })).toThrow('Expected `expiryMs` to be at least twice `reportMs` (5000)');
  await server.close();
});
