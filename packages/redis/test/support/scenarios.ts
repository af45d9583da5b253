import type { EventId } from '@sse/core';
import { seededRandom } from '@sse/core/testing';
import { expect } from 'vitest';
import type { RedisClientSource } from '../../src/index.ts';
import { HistoryModel } from './history-model.ts';
import { freshPrefix } from './logs.ts';
import type { RedisServer } from './redis-server.ts';
import { eventually, type Peer, persistently, QUICK, Server } from './server.ts';

/** The ids of what a peer received, with its gaps. */
function receivedBy(peer: Peer): (EventId | 'gap')[] {
  return peer.blocks.flatMap(({ event, data, id }) => {
    if (event === 'system' && data?.startsWith('{"type":"gap"')) return ['gap' as const];
    return event === 'data' && id !== undefined ? [id] : [];
  });
}

/**
 * Anything happens to a log that two servers follow, from a seed. Throws where either has told a lie: a read that is not
 * what was appended, or a stream with a hole that it was not told of.
 */
export async function anythingHappens(
  redis: RedisServer,
  seed: number,
  client?: () => RedisClientSource,
): Promise<void> {
  const random = seededRandom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const prefix = freshPrefix();
  const [events, head, keys, queue] = ['events', 'head', 'keys', 'queue'].map(
    (name) => `{${prefix}}:${name}`,
  );
  const options = { prefix, blockMs: 30, ...(client === undefined ? {} : { client: client() }) };
  const servers = [1, 2].map(
    () => new Server(() => redis.port, { ...QUICK, ...options, maxEntries: 10_000 }),
  );
  const [one, two] = servers as [Server, Server];
  const model = new HistoryModel();
  const pick = (): Server => (random() < 0.5 ? one : two);

  const append = async (): Promise<void> => {
    const count = 1 + below(4);
    const inputs = Array.from({ length: count }, (_, n) => {
      const place = `${model.all.length + n}`;
      return { topic: 'n', data: place, idempotencyKey: place };
    });
    // A connection that is cut may leave open whether they were taken.
    await persistently(async () => model.add(await pick().log.append(inputs)));
  };
  const read = async (): Promise<void> => {
    const after = model.all[below(model.all.length)];
    if (after === undefined) return;
    const limit = 1 + below(6);
    const raw = await redis.ask(`XRANGE ${events} - +`);
    const held = new Set(
      (raw.match(/^\d+-\d+\r$/gm) ?? []).map((line) => line.trim()).filter((id) => model.place(id) >= 0),
    );
    const page = await pick().log.read(after, limit);
    const lie = model.lieIn(page, after, limit, held);
    if (lie !== undefined)
      throw new Error(`seed ${seed}: read after ${after} (limit ${limit}) answers ${lie}`);
  };
  const damage: (() => Promise<unknown>)[] = [
    () => redis.ask(`XTRIM ${events} MAXLEN ${below(20)}`),
    () => redis.ask(`XDEL ${events} ${model.all[below(model.all.length)] ?? '1-1'}`),
    () => redis.ask(`XADD ${events} * hello world`),
    () => redis.ask(`DEL ${events}`),
    () => redis.ask(`DEL ${head}`),
    () => redis.ask(`DEL ${events} ${head} ${keys} ${queue}`),
    () => redis.ask('CLIENT KILL TYPE normal SKIPME yes'),
    () => redis.ask('SCRIPT FLUSH'),
  ];
  try {
    for (const server of servers) await server.running();
    const peers = [await one.connect(), await two.connect()];
    for (let step = 0; step < 120; step++) {
      const dice = random();
      if (dice < 0.45) await append();
      else if (dice < 0.9) await persistently(read);
      else await damage[below(damage.length)]?.();
    }
    await append();
    const last = model.all.at(-1);
    await eventually(() => {
      for (const peer of peers) expect(receivedBy(peer).at(-1), `seed ${seed}: the last entry`).toBe(last);
    }, 3_000);
    for (const peer of peers) {
      const lie = model.lieInStream(receivedBy(peer));
      if (lie !== undefined) throw new Error(`seed ${seed}: ${lie}`);
    }
  } finally {
    for (const server of servers) await server.close();
  }
}
