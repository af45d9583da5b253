import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freshPrefix } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { eventually, type Peer, persistently, QUICK, Server, texts } from './support/server.ts';

let redis: RedisServer;
let servers: Server[];

async function start(...settings: readonly string[]): Promise<void> {
  redis = await RedisServer.start(...settings);
  await startServers();
}

async function startServers(options: object = {}): Promise<void> {
  const prefix = freshPrefix();
  servers = [1, 2].map(() => new Server(() => redis.port, { prefix, ...options }));
  for (const server of servers) await server.running();
}

/** A server that has seen nothing yet of the log of the others. */
async function startStranger(): Promise<Server> {
  const stranger = new Server(() => redis.port, { prefix: first().prefix });
  servers.push(stranger);
  await stranger.running();
  return stranger;
}

/** Two clients on each server. */
async function connect(): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const server of servers) peers.push(await server.connect(), await server.connect());
  return peers;
}

const [first, second] = [() => servers[0] as Server, () => servers[1] as Server];

async function allReceived(peers: readonly Peer[], expected: readonly string[]): Promise<void> {
  await eventually(() => {
    for (const peer of peers) expect(peer.received).toEqual(expected);
  });
}

/** Every peer has been told of exactly one gap, and goes on with the same events. */
async function oneGapEach(peers: readonly Peer[], after: readonly string[]): Promise<void> {
  await eventually(() => {
    for (const peer of peers) expect([peer.gaps.length, peer.sinceGap]).toEqual([1, after]);
  });
}

afterEach(async () => {
  for (const server of servers ?? []) await server.close();
  await redis?.remove();
});

describe.skipIf(redisPath === undefined)('a history that is lost', () => {
  beforeEach(() => start());

  test('a flush while all is quiet is one gap for each client, on every server', async () => {
    const peers = await connect();
    await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    await redis.ask('FLUSHALL');
    await oneGapEach(peers, []);
    await second().publish(4, 5);
    await oneGapEach(peers, ['4', '5']);
    await first().publish(6);
    await oneGapEach(peers, ['4', '5', '6']);
    for (const { gaps } of peers) expect(gaps[0]).toMatchObject({ reason: 'trimmed', oldest: null });
  });

  test('a flush in the middle of a storm is found with the next entry', async () => {
    for (const server of servers) await server.close();
    // Nothing is found here by looking: that is an hour away.
    await startServers({ blockMs: 3_600_000, readTimeoutMs: 3_600_001 });
    const peers = await connect();
    await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    await redis.ask('FLUSHALL');
    await second().publish(4);
    await first().publish(5);
    await oneGapEach(peers, ['4', '5']);
  });

  test('a cursor of before a flush is one gap for whoever resumes with it, and never a page', async () => {
    const [peer] = await connect();
    await first().publish(1, 2, 3);
    await eventually(() => expect(peer?.received).toHaveLength(3));
    const cursor = peer?.lastId ?? '';
    await redis.ask('FLUSHALL');
    await persistently(async () => second().publish(4, 5));
    await eventually(() => expect(servers.map(({ log }) => log.metrics().losses)).toEqual([1, 1]));
    for (const server of servers) {
      await server.running();
      const resumed = await server.connect(cursor);
      await eventually(() => expect(resumed.received).toEqual(['4', '5']));
      expect(resumed.gaps).toMatchObject([{ reason: 'unknown', requested: cursor }]);
    }
  });

  test('a flush of an empty log is told to whoever was connected', async () => {
    const peers = await connect();
    const cursor = peers[0]?.blocks.flatMap(({ data }) =>
      data?.includes('"newest"') ? [JSON.parse(data).newest] : [],
    )[0];
    await redis.ask('FLUSHALL');
    await oneGapEach(peers, []);
    expect(await first().log.read(cursor, 10)).toMatchObject({ kind: 'gap', reason: 'unknown' });
  });

  test('a restart without data is one gap for each client', async () => {
    const peers = await connect();
    await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    await redis.kill();
    await eventually(() => {
      for (const { broadcaster } of servers) expect(broadcaster.status).toBe('log_unavailable');
    });
    await redis.up();
    await persistently(() => second().publish(4, 5));
    await oneGapEach(peers, ['4', '5']);
  });

  test('a trim past a reader is one gap, with what is left', async () => {
    const peers = await connect();
    await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    // In one step: neither reader can have seen 4 to 6.
    const { events, head } = keysOf(first());
    const script = `for n = 4, 7 do local last = redis.call('HGET', KEYS[2], 'last') redis.call('HSET', KEYS[2], 'last', redis.call('XADD', KEYS[1], '*', 'p', last, 't', 'n', 'd', n)) end redis.call('XTRIM', KEYS[1], 'MAXLEN', 1)`;
    await redis.ask(`EVAL "${script}" 2 ${events} ${head}`);
    await oneGapEach(peers, ['7']);
    await second().publish(8);
    await oneGapEach(peers, ['7', '8']);
  });

  test('a trim of everything past a reader is found by the next check', async () => {
    const peers = await connect();
    await first().publish(1);
    await allReceived(peers, ['1']);
    const { events, head } = keysOf(first());
    const script = `redis.call('HSET', KEYS[2], 'last', redis.call('XADD', KEYS[1], '*', 'p', redis.call('HGET', KEYS[2], 'last'), 't', 'n', 'd', 2)) redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)`;
    await redis.ask(`EVAL "${script}" 2 ${events} ${head}`);
    await oneGapEach(peers, []);
  });

  test('a store that is put back to an earlier state under our feet is one gap for whoever lacks what it lost, and for nobody else', async () => {
    const peers = await connect();
    const ids = await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    const { events, head } = keysOf(first());
    const script = `redis.call('XDEL', KEYS[1], ARGV[2], ARGV[3]) redis.call('HSET', KEYS[2], 'last', ARGV[1])`;
    await redis.ask(`EVAL "${script}" 2 ${events} ${head} ${ids.join(' ')}`);
    await eventually(() => expect(servers.map(({ log }) => log.metrics().losses)).toEqual([1, 1]));
    for (const server of servers) await server.running();
    // What a server still has in its window it gives, although the store has lost it.
    const resumed = await first().connect(ids[0]);
    const stranger = await startStranger();
    const early = await stranger.connect(ids[0]);
    await second().publish(4);
    await allReceived(peers, texts(1, 4));
    await allReceived([resumed], texts(2, 4));
    expect([...peers, resumed].flatMap(({ gaps }) => gaps)).toEqual([]);
    const late = await (await startStranger()).connect(ids[0]);
    await oneGapEach([early, late], ['4']);
  });

  test('the stream alone deleted loses nothing to whoever is up to date, and is a gap for whoever is not', async () => {
    const peers = await connect();
    const [early] = await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    await redis.ask(`DEL ${keysOf(first()).events}`);
    await second().publish(4);
    await allReceived(peers, texts(1, 4));
    expect(peers.flatMap(({ gaps }) => gaps)).toEqual([]);
    expect(await first().log.read(early ?? '', 10)).toMatchObject({ kind: 'gap', entries: [{ data: '4' }] });
  });

  test('the head alone deleted is no gap: the stream itself proves the rest', async () => {
    const peers = await connect();
    const [early] = await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    await redis.ask(`DEL ${keysOf(first()).head}`);
    await second().publish(4);
    await allReceived(peers, texts(1, 4));
    await eventually(() => expect(servers.map(({ log }) => log.metrics().losses)).toEqual([1, 1]));
    await first().running();
    await second().publish(5);
    await allReceived(peers, texts(1, 5));
    expect(peers.flatMap(({ gaps }) => gaps)).toEqual([]);
    expect(await first().log.read(early ?? '', 10)).toMatchObject({ kind: 'page' });
  });
});

describe.skipIf(redisPath === undefined)('a restart with all its data', () => {
  test('is no gap: streams stay, publishes are refused meanwhile, and all catch up in order', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const peers = await connect();
    await first().publish(1, 2, 3);
    await allReceived(peers, texts(1, 3));
    await redis.kill();
    await eventually(() => expect(first().broadcaster.status).toBe('log_unavailable'));
    const begun = performance.now();
    await expect(first().publish(4)).rejects.toMatchObject({ code: 'log-unavailable' });
    expect(performance.now() - begun, 'a publish is refused at once').toBeLessThan(
      QUICK.commandTimeoutMs / 2,
    );
    await redis.up();
    await persistently(() => first().publish(4));
    await persistently(() => second().publish(5));
    await allReceived(peers, texts(1, 5));
    expect(peers.flatMap(({ gaps }) => gaps)).toEqual([]);
    expect(peers.filter(({ sink }) => sink.ended)).toEqual([]);
  });
});

function keysOf(server: Server): { events: string; head: string } {
  const { prefix } = server;
  return { events: `{${prefix}}:events`, head: `{${prefix}}:head` };
}
