import { EVENT_ID_PATTERN, type EventId, type EventLog } from '../event-log.ts';
import { assertLaw, assertSame, type Law, rejectionCode, within } from './law.ts';
import { event, events, follow, idsOf, readAll } from './log-tools.ts';

/** How the laws get at a kind of log. */
export interface EventLogFixture {
  /** A log on a store of its own, empty, that keeps at most (about) `maxEntries` entries. */
  create(options: { readonly maxEntries: number }): Promise<EventLog>;
  /**
   * Another instance on the store of `log`, as another process would open it. Absent where a store can't be shared;
   * the laws then use one instance as both.
   */
  peer?(log: EventLog): Promise<EventLog>;
  /** Makes the log drop what is beyond its bounds, where it does so only in the background. */
  prune?(log: EventLog): Promise<void>;
  /** Milliseconds that anything may take. @defaultValue 5 000 */
  readonly timeoutMs?: number;
}

type Check = (
  log: EventLog,
  peer: EventLog,
  tools: { prune(): Promise<void>; timeoutMs: number },
) => Promise<void>;

function law(name: string, check: Check, maxEntries = 1_000): Law<EventLogFixture> {
  return {
    name,
    async check(fixture) {
      const log = await fixture.create({ maxEntries });
      const peer = fixture.peer === undefined ? log : await fixture.peer(log);
      try {
        const prune = async (): Promise<void> => fixture.prune?.(log);
        await check(log, peer, { prune, timeoutMs: fixture.timeoutMs ?? 5_000 });
      } finally {
        if (peer !== log) await peer.close();
        await log.close();
      }
    },
  };
}

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const SOME_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '$',
  '*',
  'earliest',
  '#x',
  'a:b',
  'é',
  '\n',
  '\0',
  'x'.repeat(129),
  '__proto__',
];

/** What every event log keeps. See {@link EventLogFixture}. */
export const eventLogLaws: readonly Law<EventLogFixture>[] = [
  law('ids increase, match the pattern, and are given in the order of the events', async (log) => {
    const ids = [...(await log.append(events(0, 20))), ...(await log.append(events(20, 30)))];
    assertSame(ids.length, 30, 'ids answered');
    ids.forEach((id, index) => {
      assertLaw(EVENT_ID_PATTERN.test(id), `the id ${JSON.stringify(id)} does not match ${EVENT_ID_PATTERN}`);
      assertSame(log.parseId(id), id, 'parseId of an id of its own');
      const earlier = ids[index - 1];
      if (earlier === undefined) return;
      assertLaw(log.compare(earlier, id) < 0, `${earlier} does not stand before ${id}`);
      assertLaw(log.compare(id, earlier) > 0, `${id} does not stand after ${earlier}`);
      assertSame(log.compare(id, id), 0, 'compare with itself');
    });
  }),

  law(
    'an acknowledged append is in every later read, with all that was said of it',
    async (log, peer, { timeoutMs }) => {
      const tail = await follow(peer, timeoutMs);
      const full = event(2, {
        event: 'named',
        key: 'k',
        private: true,
        traceparent: TRACEPARENT,
        topic: 'a.b',
        data: 'two\nlines — ünïcode 🙂',
      });
      const ids = await log.append([event(1), full, event(3, { data: '' })]);
      const entries = await readAll(peer, tail.start, 100);
      assertSame(idsOf(entries), ids, 'ids read');
      const [, second, third] = entries;
      assertSame(
        [second?.topic, second?.data, second?.event, second?.key, second?.private, second?.traceparent],
        ['a.b', full.data, 'named', 'k', true, TRACEPARENT],
        'fields',
      );
      assertSame(
        [third?.data, third?.event, third?.key, third?.private ?? false, third?.traceparent],
        ['', undefined, undefined, false, undefined],
        'fields left out',
      );
      assertLaw(Number.isFinite(second?.time), 'an entry has no time');
      await tail.stop();
    },
  ),

  law('an empty append adds nothing', async (log, _, { timeoutMs }) => {
    const tail = await follow(log, timeoutMs);
    assertSame(await log.append([]), [], 'ids of nothing');
    const ids = await log.append([event(1)]);
    assertSame(idsOf(await tail.entries(1)), ids, 'entries by the tail');
  }),

  law(
    'a tail begins at the newest entry, and brings each later one once, in order',
    async (log, peer, { timeoutMs }) => {
      const before = await log.append(events(0, 5));
      const tails = [await follow(log, timeoutMs), await follow(peer, timeoutMs)];
      const appended = await Promise.all([
        log.append(events(5, 8)),
        peer.append([event(8)]),
        log.append([event(9)]),
        peer.append(events(10, 20)),
      ]);
      const total = appended.flat().length;
      const orders = await Promise.all(tails.map(async (tail) => idsOf(await tail.entries(total))));
      for (const order of orders) assertSame(order, orders[0], 'the order of two tails');
      assertSame([...(orders[0] ?? [])].sort(), appended.flat().sort(), 'entries by the tail');
      for (const tail of tails) assertSame(tail.start, before.at(-1), 'where a tail begins');
      assertSame(
        idsOf(await readAll(peer, before.at(-1) ?? '', 7)),
        orders[0],
        'the order of reading and of the tail',
      );
      for (const tail of tails) await tail.stop();
    },
  ),

  law('what is appended after a tail was opened is not lost before its first batch is taken', async (log) => {
    const abort = new AbortController();
    const iterator = log.tail(abort.signal)[Symbol.asyncIterator]();
    const [id] = await log.append([event(1)]);
    const first = await iterator.next();
    const page = await log.read(first.value?.position ?? '', 10);
    const next = page.entries.length === 0 ? undefined : await iterator.next();
    // Either the tail stands before the entry and brings it, or it stands at the entry.
    if (next === undefined) assertSame(first.value?.position, id, 'position after the entry');
    else assertSame(idsOf(next.value?.entries ?? []), [id], 'entries of the second batch');
    abort.abort();
  }),

  law(
    'a tail that is not fetched loses nothing to eviction',
    async (log, _, { timeoutMs }) => {
      const tail = await follow(log, timeoutMs);
      const ids: EventId[] = [];
      for (let n = 0; n < 100; n++) ids.push(...(await log.append([event(n)])));
      assertSame(idsOf(await tail.entries(100)), ids, 'entries by the tail');
      await tail.stop();
    },
    10,
  ),

  law('read after any id still held, or the newest, never answers gap', async (log, peer) => {
    const ids = await log.append(events(0, 50));
    for (const [index, id] of ids.entries()) {
      const page = await peer.read(id, 1_000);
      assertSame(page.kind, 'page', `read after the id at ${index}`);
      assertSame(idsOf(page.entries), ids.slice(index + 1), `entries after the id at ${index}`);
    }
  }),

  law(
    'reading page by page has no hole and no repeat, whatever the limit',
    async (log, peer, { timeoutMs }) => {
      const { start } = await follow(log, timeoutMs);
      const ids = await log.append(events(0, 25));
      for (const limit of [1, 2, 7, 25, 100])
        assertSame(idsOf(await readAll(peer, start, limit)), ids, `limit ${limit}`);
    },
  ),

  law('an empty log answers its starting position with an empty page', async (log, peer, { timeoutMs }) => {
    const { start } = await follow(log, timeoutMs);
    assertLaw(log.parseId(start) === start, `the position ${start} is not an id`);
    assertSame(await peer.read(start, 10), { kind: 'page', entries: [] }, 'read of an empty log');
  }),

  law(
    'read after an id that was evicted never answers a page with a hole',
    async (log, peer, { prune }) => {
      const ids = await log.append(events(0, 200));
      await prune();
      let gaps = 0;
      for (const [index, id] of ids.entries()) {
        const page = await peer.read(id, 1_000);
        if (page.kind === 'page') {
          assertSame(idsOf(page.entries), ids.slice(index + 1), `a page after the evicted id at ${index}`);
          continue;
        }
        gaps++;
        assertSame(page.reason, 'evicted', `reason for the id at ${index}`);
        assertSame(page.oldest, page.entries[0]?.id, 'the oldest entry, and the first one answered');
        const held = ids.slice(ids.indexOf(page.oldest ?? ''));
        assertSame(idsOf(page.entries), held, 'the entries still held');
      }
      assertLaw(gaps > 0, 'nothing was evicted: the bound does not hold, or the fixture prunes nothing');
      assertLaw(gaps < ids.length, 'even the newest id answers gap');
      const { entries, oldest, newest } = await peer.stats();
      assertSame([oldest, newest], [ids.at(-entries), ids.at(-1)], 'oldest and newest by stats');
    },
    10,
  ),

  law('read after an id that can not be proven answers gap', async (log, peer, { timeoutMs }) => {
    const ids = await log.append(events(0, 5));
    const last = ids.at(-1) ?? '';
    const digits = /(\d+)$/.exec(last)?.[1] ?? '';
    const newer = last.slice(0, -digits.length) + String(Number(digits) + 1);
    const foreign = last.startsWith('zzzz') ? `yyyy${last.slice(4)}` : `zzzz${last.slice(4)}`;
    for (const id of [newer, foreign].map((text) => log.parseId(text)).filter((id) => id !== undefined)) {
      const page = await within(timeoutMs, peer.read(id, 10), `read after ${id}`);
      assertSame([page.kind, page.kind === 'gap' && page.reason], ['gap', 'unknown'], `read after ${id}`);
      assertSame(idsOf(page.entries), ids, `what is still there after ${id}`);
    }
  }),

  law('parseId takes its own ids and nothing that is not one', (log) => {
    for (const text of SOME_TEXTS) {
      const id = log.parseId(text);
      assertLaw(
        id === undefined || (id === text && EVENT_ID_PATTERN.test(id)),
        `parseId made ${id} of ${text}`,
      );
    }
    return Promise.resolve();
  }),

  law('a repeated idempotency key adds nothing and answers the first id', async (log, peer) => {
    const [first] = await log.append([event(1, { idempotencyKey: 'a' })]);
    const ids = await peer.append([
      event(2, { idempotencyKey: 'b' }),
      event(1, { idempotencyKey: 'a' }),
      event(3),
    ]);
    assertSame(ids[1], first, 'the id of the repeated event');
    const again = await log.append([event(2, { idempotencyKey: 'b' })]);
    assertSame(again, [ids[0]], 'the id of a retry');
    const held = idsOf(await readAll(log, first ?? '', 100));
    assertSame(held, [ids[0], ids[2]], 'entries after the first');
  }),

  law('an aborted tail ends, and a second tail goes on', async (log, _, { timeoutMs }) => {
    const [one, two] = [await follow(log, timeoutMs), await follow(log, timeoutMs)];
    await one.stop();
    const ids = await log.append([event(1)]);
    assertSame(idsOf(await two.entries(1)), ids, 'entries of the other tail');
    await two.stop();
    const aborted = AbortSignal.abort();
    const ended = await within(
      timeoutMs,
      log.tail(aborted)[Symbol.asyncIterator]().next(),
      'a tail born aborted',
    );
    assertSame(ended.done, true, 'a tail born aborted has ended');
  }),

  law(
    'a closed log ends its tails, answers closed, and may be closed again',
    async (log, _, { timeoutMs }) => {
      const iterator = log.tail(new AbortController().signal)[Symbol.asyncIterator]();
      await iterator.next();
      const pending = iterator.next();
      const [id] = await log.append([]).then(() => log.append([event(1)]));
      await pending;
      await log.close();
      await log.close();
      const ended = await within(timeoutMs, iterator.next(), 'the tail of a closed log');
      assertSame(ended.done, true, 'the tail of a closed log has ended');
      assertSame(await rejectionCode(() => log.append([event(2)])), 'closed', 'append to a closed log');
      assertSame(await rejectionCode(() => log.read(id ?? '', 1)), 'closed', 'read of a closed log');
      assertSame(await rejectionCode(() => log.stats()), 'closed', 'stats of a closed log');
    },
  ),

  law('stats count what is held', async (log, peer) => {
    assertSame((await log.stats()).entries, 0, 'entries of an empty log');
    const ids = await log.append(events(0, 5));
    const stats = await peer.stats();
    assertSame([stats.entries, stats.oldest, stats.newest], [5, ids[0], ids[4]], 'stats');
    assertLaw(stats.bytes > 0, `bytes of five entries: ${stats.bytes}`);
  }),
];
