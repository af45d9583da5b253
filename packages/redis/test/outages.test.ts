import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisEventLog } from '../src/index.ts';
import { freshPrefix } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { eventually, type Peer, persistently, QUICK, Server, texts } from './support/server.ts';

let master: RedisServer;
let replica: RedisServer;
let current: RedisServer;
let servers: Server[];

beforeEach(async () => {
  if (redisPath === undefined) return;
  master = await RedisServer.start('--repl-diskless-sync-delay', '0');
  current = master;
  const prefix = freshPrefix();
  servers = [1, 2].map(() => new Server(() => current.port, { prefix }));
  for (const server of servers) await server.running();
});

afterEach(async () => {
  for (const server of servers ?? []) await server.close();
  for (const redis of [master, replica]) {
    redis?.goOn();
    await redis?.remove();
  }
});

const [first, second] = [() => servers[0] as Server, () => servers[1] as Server];

async function connect(): Promise<Peer[]> {
  return [await first().connect(), await first().connect(), await second().connect()];
}

async function allReceived(peers: readonly Peer[], expected: readonly string[]): Promise<void> {
  await eventually(() => {
    for (const peer of peers) expect(peer.received).toEqual(expected);
  });
}

async function away(): Promise<unknown> {
  return eventually(() => {
    for (const { broadcaster } of servers) expect(broadcaster.status).toBe('log_unavailable');
  });
}

describe.skipIf(redisPath === undefined)('a Redis that hangs', () => {
  test('is noticed although its sockets stay open; publishes are refused, and all catch up when it goes on', async () => {
    const peers = await connect();
    await first().publish(1, 2);
    await allReceived(peers, texts(1, 2));
    master.hang();
    // Nothing is asked of it here: the watchdog of the blocking read is all there is.
    await away();
    const begun = performance.now();
    for (const n of [3, 4, 5])
      await expect(first().publish(n)).rejects.toMatchObject({ code: 'log-unavailable' });
    expect(performance.now() - begun, 'none waits for an attempt to connect').toBeLessThan(
      QUICK.connectTimeoutMs / 2,
    );
    await expect(first().connect('5-5')).rejects.toMatchObject({ code: 'log-unavailable' });
    master.goOn();
    await persistently(() => first().publish(3));
    await persistently(() => second().publish(4));
    await allReceived(peers, texts(1, 4));
    expect(peers.flatMap(({ gaps }) => gaps)).toEqual([]);
  });

  test('a publish that was under way fails in time, and its retry with the same key adds nothing twice', async () => {
    const peers = await connect();
    master.hang();
    await expect(first().publish(1)).rejects.toMatchObject({ code: 'log-unavailable' });
    master.goOn();
    // What was in its socket is executed now, although nobody waits for the answer.
    await persistently(() => first().publish(1));
    await persistently(() => first().publish(2));
    await allReceived(peers, texts(1, 2));
  });
});

describe.skipIf(redisPath === undefined)('a failover', () => {
  async function replicate(): Promise<void> {
    replica = await RedisServer.start('--replicaof', '127.0.0.1', String(master.port));
    await eventually(async () => expect(await replica.ask('PING')).toBe('+PONG'));
    await eventually(async () =>
      expect(await replica.ask('INFO replication')).toContain('master_link_status:up'),
    );
  }

  /** A server that has seen nothing yet of the log of the others. */
  async function startStranger(): Promise<Server> {
    const stranger = new Server(() => current.port, { prefix: first().prefix });
    servers.push(stranger);
    await stranger.running();
    return stranger;
  }

  /** WAIT would say only that of what the asking connection wrote. */
  async function replicated(count: number): Promise<void> {
    const key = `{${first().prefix}}:events`;
    await eventually(async () => expect(await replica.ask(`XLEN ${key}`)).toBe(`:${count}`));
  }

  test('to a replica that has everything is no gap', async () => {
    await replicate();
    const peers = await connect();
    await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    await replicated(3);
    await replica.ask('REPLICAOF NO ONE');
    current = replica;
    await master.kill();
    await persistently(() => first().publish(4));
    await persistently(() => second().publish(5));
    await allReceived(peers, texts(1, 5));
    expect(peers.flatMap(({ gaps }) => gaps)).toEqual([]);
  });

  test('to a replica that lacks the newest entries is one gap for whoever lacks them too, and for nobody else', async () => {
    await replicate();
    const peers = await connect();
    const [, , held = ''] = await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    await replicated(3);
    // From here on the replica gets nothing; what is acknowledged now is lost.
    await replica.ask('REPLICAOF NO ONE');
    await first().publish(4, 5);
    await allReceived(peers, texts(1, 5));
    const lost = peers[0]?.lastId ?? '';
    master.hang();
    current = replica;
    await eventually(() => expect(first().log.metrics().connected).toBe(true));
    await first().running();
    // What a server still has in its window it gives, although the store has lost it.
    const kept = await first().connect(held);
    const before = await (await startStranger()).connect(held);
    await persistently(() => first().publish(6));
    await persistently(() => second().publish(7));
    await allReceived(peers, texts(1, 7));
    expect(peers.flatMap(({ gaps }) => gaps)).toEqual([]);
    expect(await first().log.stats()).toMatchObject({ entries: 5 });
    await allReceived([kept], texts(4, 7));
    expect(kept.gaps).toEqual([]);
    const stranger = await startStranger();
    const after = await stranger.connect(held);
    await eventually(() => {
      for (const peer of [before, after]) expect(peer.received).toEqual(['6', '7']);
      for (const peer of [before, after]) expect(peer.gaps).toMatchObject([{ requested: held }]);
    });
    const resumed = await stranger.connect(lost);
    await eventually(() => expect(resumed.received).toEqual(['6', '7']));
    expect(resumed.gaps).toEqual([]);
  });

  test.each(['hangs', 'was made a replica'])(
    'a log that only publishes leaves a master that %s',
    async (how) => {
      await replicate();
      const client = () => createClient({ url: current.url });
      const log = new RedisEventLog({ ...QUICK, prefix: first().prefix, client });
      await log.append([{ topic: 'n', data: '1' }]);
      await replicated(1);
      await replica.ask('REPLICAOF NO ONE');
      current = replica;
      if (how === 'hangs') master.hang();
      else await master.ask(`REPLICAOF 127.0.0.1 ${replica.port}`);
      await persistently(() => log.append([{ topic: 'n', data: '2', idempotencyKey: '2' }]));
      expect(await replica.ask(`XLEN {${first().prefix}}:events`)).toBe(':2');
      await log.close();
    },
  );

  test('between the two connections of a log moves both to the new master', async () => {
    await replicate();
    const log = new RedisEventLog({
      ...QUICK,
      prefix: first().prefix,
      client: () => createClient({ url: current.url }),
    });
    await log.append([{ topic: 'n', data: '1' }]);
    await replicated(1);
    await replica.ask('REPLICAOF NO ONE');
    // The old master still answers the connection that the log has to it; the tail's would reach the new one.
    current = replica;
    const abort = new AbortController();
    const batches = log.tail(abort.signal)[Symbol.asyncIterator]();
    await batches.next();
    const [id] = await log.append([{ topic: 'n', data: '2' }]);
    expect(await batches.next()).toMatchObject({ value: { position: id } });
    expect(await replica.ask(`XLEN {${first().prefix}}:events`)).toBe(':2');
    abort.abort();
    await log.close();
  });

  test('a master that becomes a replica is left at once', async () => {
    await replicate();
    const peers = await connect();
    await first().publish(1);
    await allReceived(peers, ['1']);
    await replicated(1);
    await replica.ask('REPLICAOF NO ONE');
    current = replica;
    await master.ask(`REPLICAOF 127.0.0.1 ${replica.port}`);
    await persistently(() => first().publish(2));
    await persistently(() => second().publish(3));
    await allReceived(peers, texts(1, 3));
    expect(peers.flatMap(({ gaps }) => gaps)).toEqual([]);
  });
});
