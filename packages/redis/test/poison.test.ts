import type { Entry } from '@sse/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freshPrefix, Logs } from './support/logs.ts';
import { RedisServer, redisPath } from './support/redis-server.ts';
import { eventually, QUICK } from './support/server.ts';

let redis: RedisServer;
let logs: Logs;
beforeAll(async () => {
  if (redisPath === undefined) return;
  redis = await RedisServer.start();
  logs = new Logs(redis);
});
afterEach(() => logs?.close());
afterAll(() => redis?.remove());

/** Fields that someone may put into the stream by hand, and why each is no entry. */
const GARBAGE: readonly (readonly [fields: string, why: string])[] = [
  ['hello world', 'it lacks one of the fields `t`, `d`, `p`'],
  ['t n d 1 p 0-0 t other', 'it has the field "t" twice'],
  ['t n d 1 p nonsense', 'its field `p` is not an id'],
  ['t "a b" d 1 p 0-0', 'its field `t` is not a topic'],
  [
    't n d 1 p 0-0 e "x\\ndata: forged"',
    'its field `e` is not 1 to 128 characters without control characters',
  ],
  ['t n d 1 p 0-0 e system', 'its field `e` is a reserved name'],
  ['t n d 1 p 0-0 k ""', 'its field `k` is not 1 to 255 characters without control characters'],
  ['t n d 1 p 0-0 v 0', 'its field `v` is not 1'],
  ['t n d 1 p 0-0 c "00-forged\\ndata: x"', 'its field `c` is not a traceparent'],
  ['t n d "\\xff\\xfe" p x', 'its field `p` is not an id'],
];

describe.skipIf(redisPath === undefined)('poison in the stream', () => {
  test('is skipped by the tail and by reads, told of with its reason, and what follows is whole', async () => {
    const prefix = freshPrefix();
    const told: string[] = [];
    const log = logs.create({ ...QUICK, prefix, hooks: { onPoison: (_, why) => void told.push(why) } });
    const abort = new AbortController();
    const got: Entry[] = [];
    const [start] = await log.append([{ topic: 'n', data: 'start' }]);
    const batches = log.tail(abort.signal)[Symbol.asyncIterator]();
    await batches.next();
    const following = (async () => {
      for (let next = await batches.next(); next.done !== true; next = await batches.next())
        got.push(...next.value.entries);
    })();
    const expected: string[] = [];
    for (const [fields] of GARBAGE) {
      await redis.ask(`XADD {${prefix}}:events * ${fields}`);
      await log.append([{ topic: 'n', data: fields }]);
      expected.push(fields);
    }
    await eventually(() => expect(got.slice(-expected.length).map(({ data }) => data)).toEqual(expected));
    expect(log.metrics()).toMatchObject({ losses: 0, poisoned: told.length });
    told.length = 0;
    const page = await log.read(start ?? '', 100);
    expect([page.kind, page.entries.map(({ data }) => data)]).toEqual(['page', expected]);
    expect(told).toEqual(GARBAGE.map(([, why]) => why));
    abort.abort();
    await following;
  });

  test('pages of nothing but poison are no end: the entry behind them is found', async () => {
    const prefix = freshPrefix();
    const log = logs.create({ prefix });
    const [start] = await log.append([{ topic: 'n', data: 'start' }]);
    for (let n = 0; n < 7; n++) await redis.ask(`XADD {${prefix}}:events * hello world`);
    expect(await log.read(start ?? '', 3)).toEqual({ kind: 'page', entries: [] });
    const [id] = await log.append([{ topic: 'n', data: 'behind' }]);
    for (const limit of [1, 2, 3, 7, 8])
      expect(
        (await log.read(start ?? '', limit)).entries.map((entry) => entry.id),
        `limit ${limit}`,
      ).toEqual([id]);
    // The same where a gap goes on with the oldest.
    await redis.ask(`XDEL {${prefix}}:events ${start}`);
    expect(await log.read('1-1', 3)).toMatchObject({ kind: 'gap', oldest: id, entries: [{ id }] });
  });

  test('its id is a cursor that nothing is proven of', async () => {
    const prefix = freshPrefix();
    const log = logs.create({ prefix });
    const [start] = await log.append([{ topic: 'n', data: '1' }]);
    const id = (await redis.ask(`XADD {${prefix}}:events * hello world`)).split('\r\n').at(-1) ?? '';
    await log.append([{ topic: 'n', data: '2' }]);
    expect(log.parseId(id)).toBe(id);
    expect(await log.read(id, 10)).toMatchObject({ kind: 'gap', entries: [{ data: '2' }] });
    expect(await log.read(start ?? '', 10)).toMatchObject({ kind: 'page', entries: [{ data: '2' }] });
  });

  test('an entry deleted by hand is a hole that whoever reads over it is told of, once', async () => {
    const prefix = freshPrefix();
    const log = logs.create({ prefix });
    const ids = await log.append([1, 2, 3, 4].map((n) => ({ topic: 'n', data: String(n) })));
    await redis.ask(`XDEL {${prefix}}:events ${ids[1]}`);
    const gap = await log.read(ids[0] ?? '', 10);
    expect(gap).toMatchObject({
      kind: 'gap',
      reason: 'evicted',
      oldest: ids[2],
      entries: [{ data: '3' }, { data: '4' }],
    });
    expect(await log.read(ids[2] ?? '', 10)).toMatchObject({ kind: 'page', entries: [{ data: '4' }] });
  });

  test('a field that a later version may add is ignored', async () => {
    const prefix = freshPrefix();
    const log = logs.create({ prefix });
    const [start] = await log.append([{ topic: 'n', data: '1' }]);
    await redis.ask(`XADD {${prefix}}:events * p ${start} t n d 2 z new`);
    expect(await log.read(start ?? '', 10)).toMatchObject({
      kind: 'page',
      entries: [{ topic: 'n', data: '2' }],
    });
  });

  test('ids that others made far in the future are followed', async () => {
    const prefix = freshPrefix();
    const log = logs.create({ prefix });
    const [start] = await log.append([{ topic: 'n', data: '1' }]);
    await redis.ask(`XADD {${prefix}}:events 99999999999999-18446744073709551614 hello world`);
    const ids = await log.append([2, 3].map((n) => ({ topic: 'n', data: String(n) })));
    expect(ids).toEqual(['99999999999999-18446744073709551615', '100000000000000-0']);
    expect(log.compare(ids[0] ?? '', ids[1] ?? '')).toBeLessThan(0);
    expect((await log.read(start ?? '', 10)).entries.map(({ id }) => id)).toEqual(ids);
  });
});
