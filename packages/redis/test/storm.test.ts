import { afterEach, describe, expect, test } from 'vitest';
import { freshPrefix } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { eventually, type Peer, persistently, Server } from './support/server.ts';

let redis: RedisServer;
let servers: Server[] = [];

afterEach(async () => {
  for (const server of servers) await server.close();
  await redis?.remove();
});

async function start(...settings: readonly string[]): Promise<Peer[]> {
  redis = await RedisServer.start(...settings);
  const prefix = freshPrefix();
  servers = [1, 2].map(() => new Server(() => redis.port, { prefix, maxEntries: 100_000 }));
  const peers: Peer[] = [];
  for (const server of servers) peers.push(await server.connect(), await server.connect());
  return peers;
}

/** Publishes on both servers, several at a time, until told to stop; each event until it is acknowledged. */
class Storm {
  readonly acknowledged: number[] = [];
  readonly #done: Promise<unknown>;
  #next = 0;
  #stopped = false;

  constructor() {
    this.#done = Promise.all(servers.flatMap((server) => [1, 2, 3].map(() => this.#publish(server))));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #publish(server: Server): Promise<void> {
    while (!this.#stopped) {
      const numbers = [this.#next++, this.#next++, this.#next++];
      await persistently(() => server.publish(...numbers), 20_000);
      this.acknowledged.push(...numbers);
    }
  }
}

const acknowledgedAtLeast = (storm: Storm, count: number): Promise<unknown> =>
  eventually(() => expect(storm.acknowledged.length).toBeGreaterThan(count), 20_000);

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

describe.skipIf(redisPath === undefined)(
  'a storm on two servers while Redis is killed and started again',
  () => {
    test('with its data: every subscriber of both gets every event once, in one order, without a gap', async () => {
      const peers = await start('--appendonly', 'yes', '--appendfsync', 'always');
      const storm = new Storm();
      for (const round of [1, 2]) {
        await acknowledgedAtLeast(storm, round * 600);
        await redis.kill();
        await redis.up();
      }
      await acknowledgedAtLeast(storm, 2_000);
      await storm.stop();
      await eventually(() => {
        for (const { received } of peers)
          expect(received.length).toBeGreaterThanOrEqual(storm.acknowledged.length);
      });
      const [one] = peers;
      for (const peer of peers) expect(peer.received).toEqual(one?.received);
      expect(sorted(one?.received.map(Number) ?? [])).toEqual(sorted(storm.acknowledged));
      expect(peers.flatMap(({ gaps }) => gaps)).toEqual([]);
    });

    test('without its data: one gap each, then one order again, with all that was acknowledged since', async () => {
      const peers = await start();
      const storm = new Storm();
      await acknowledgedAtLeast(storm, 600);
      await redis.kill();
      const before = new Set(storm.acknowledged);
      await redis.up();
      await acknowledgedAtLeast(storm, before.size + 600);
      await storm.stop();
      const since = storm.acknowledged.filter((n) => !before.has(n));
      await eventually(() => {
        for (const { gaps, sinceGap } of peers) {
          expect(gaps).toHaveLength(1);
          expect(new Set(sinceGap.map(Number))).toEqual(new Set([...since, ...sinceGap.map(Number)]));
        }
      });
      for (const { sinceGap } of peers) {
        expect(sinceGap).toEqual(peers[0]?.sinceGap);
        expect(new Set(sinceGap).size).toBe(sinceGap.length);
      }
    });
  },
);
