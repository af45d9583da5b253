import { describe, expect, test } from 'vitest';
import type { BroadcasterOptions } from './broadcaster-options.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { FakeSink } from './testing/fake-sink.ts';
import { numbers, Stage } from './testing/stage.ts';
import { VirtualEnvironment } from './testing/virtual-environment.ts';

/** A history of `count` events `1`, `2`, ... on topic `a`, of which the window and the log keep so many. */
async function stageWith(
  count: number,
  keep: { readonly windowSize?: number; readonly maxEntries?: number } = {},
  options: BroadcasterOptions = {},
) {
  const { windowSize = 1_000, maxEntries = 1_000 } = keep;
  const environment = new VirtualEnvironment();
  const log = new MemoryEventLog({ environment, maxEntries });
  const stage = new Stage(environment, log, { windowSize, ...options });
  await environment.settle();
  const ids = await stage.publish('a', ...numbers(count));
  return { stage, ids, id: (n: number): string => ids[n - 1] ?? 'none' };
}

describe('a cursor', () => {
  test('in the window is served from there: the log is not asked', async () => {
    const { stage, id } = await stageWith(10);
    let reads = 0;
    const { read } = stage.log;
    stage.log.read = (...args) => {
      reads++;
      return read.apply(stage.log, args);
    };
    const peer = await stage.connect({ lastEventId: id(7) });
    expect(peer.received).toEqual(['8', '9', '10']);
    expect(peer.systems()).toMatchObject([{ type: 'connected', resume: 'resumed' }]);
    expect(peer.blocks[1]?.id).toBe(id(7));
    expect(reads).toBe(0);
    await stage.connect({ lastEventId: id(10) });
    expect(reads).toBe(0);
  });

  test('in the log only is served from there, page by page, then live', async () => {
    const { stage, id } = await stageWith(50, { windowSize: 5 }, { replayPageSize: 7 });
    const peer = await stage.connect({ lastEventId: id(10) });
    await stage.publish('a', 'live');
    expect(peer.received).toEqual([...numbers(40, 11), 'live']);
    expect(peer.systems()).toMatchObject([{ type: 'connected', resume: 'resumed' }]);
    expect(
      peer.blocks
        .slice(2)
        .map((block) => block.id)
        .slice(0, 40),
    ).toEqual(numbers(40, 11).map((n) => id(Number(n))));
  });

  test('that is just before the oldest entry misses nothing, and gets no gap', async () => {
    const { stage, id } = await stageWith(20, { windowSize: 2, maxEntries: 5 });
    const peer = await stage.connect({ lastEventId: id(15) });
    expect([peer.received, peer.systems('gap')]).toEqual([numbers(5, 16), []]);
  });

  const cases: [string, string, (id: (n: number) => string) => string][] = [
    ['that was evicted', 'evicted', (id) => id(14)],
    ['of another epoch', 'unknown', () => 'another-16'],
    ['of another epoch, above the newest', 'unknown', () => 'another-999'],
    ['above the newest', 'unknown', (id) => id(1).replace(/-1$/, '-21')],
    ['that is malformed', 'malformed', () => 'a\nb'],
    ['that is a number', 'malformed', () => '17'],
    ['that is a word other servers reserve', 'malformed', () => 'earliest'],
    ['that is far too long', 'malformed', () => 'x'.repeat(10_000)],
    ['that breaks the pattern by one', 'malformed', (id) => `${id(16)} `],
  ];

  test.each(cases)(
    '%s gets exactly one gap (%s) after `connected`, then what is still there, then live',
    async (_, reason, cursor) => {
      const { stage, id } = await stageWith(20, { windowSize: 2, maxEntries: 5 });
      const requested = cursor(id);
      const peer = await stage.connect({ lastEventId: requested });
      await stage.publish('a', 'live');
      const left = reason === 'malformed' ? [] : numbers(5, 16);
      expect(peer.received).toEqual([...left, 'live']);
      expect(peer.systems()).toMatchObject([
        { type: 'connected', resume: 'reset' },
        {
          type: 'gap',
          reason,
          requested: requested.slice(0, 128),
          oldest: reason === 'malformed' ? null : id(16),
          newest: id(20),
        },
      ]);
      expect((await stage.broadcaster.stats()).gaps).toMatchObject({ [reason]: 1 });
    },
  );

  test.each(cases)(
    '%s gets its gap (%s), then live events only, where it is so configured',
    async (_, reason, cursor) => {
      const { stage, id } = await stageWith(20, { windowSize: 2, maxEntries: 5 }, { afterGap: 'live' });
      const peer = await stage.connect({ lastEventId: cursor(id) });
      expect(peer.lastId).toBe(id(20));
      await stage.publish('a', 'live');
      expect(peer.received).toEqual(['live']);
      expect(peer.systems('gap')).toMatchObject([{ reason, oldest: null, newest: id(20) }]);
    },
  );

  test('that is empty or absent is none: from now on, without a gap', async () => {
    const { stage } = await stageWith(3);
    for (const lastEventId of ['', undefined]) {
      const peer = await stage.connect({ lastEventId });
      expect(peer.systems()).toMatchObject([{ type: 'connected', resume: 'new' }]);
      expect(peer.received).toEqual([]);
    }
  });

  test('is sent anew after a gap without anything left, so that the gap is told once only', async () => {
    const { stage } = await stageWith(0);
    const peer = await stage.connect({ lastEventId: 'another-7' });
    expect(peer.systems('gap')).toMatchObject([{ reason: 'unknown', oldest: null }]);
    const again = await stage.connect({ lastEventId: peer.lastId });
    expect(again.systems()).toMatchObject([{ type: 'connected', resume: 'resumed' }]);
  });
});

describe('rights and topics', () => {
  test('are checked on replay as they are live, from the window and from the log', async () => {
    for (const windowSize of [1, 1_000]) {
      const { stage, id } = await stageWith(1, { windowSize });
      await stage.broadcaster.publish([
        { topic: 'secret', data: 's1' },
        { topic: 'open', data: 'o1' },
        { topic: 'other', data: 'x' },
        { topic: 'secret', data: 's2' },
      ]);
      await stage.environment.settle();
      const peer = await stage.connect({
        lastEventId: id(1),
        topics: ['open', 'secret'],
        allowedTopics: ['open', 'other'],
      });
      await stage.publish('secret', 's3');
      await stage.publish('open', 'o2');
      expect(peer.received).toEqual(['o1', 'o2']);
      expect(peer.client.eventsReceived).toBe(2);
    }
  });

  test('that let nothing through on replay still move the cursor, without firing anything', async () => {
    const { stage, ids, id } = await stageWith(10, { windowSize: 3 });
    const peer = await stage.connect({ lastEventId: id(2), topics: ['nothing'] });
    expect(peer.blocks.at(-1)).toEqual({ id: ids.at(-1) });
    expect(peer.received).toEqual([]);
  });
});

describe('replay under backpressure', () => {
  test('waits for the reader, gives everything once in order, and counts as joining until then', async () => {
    const { stage, id } = await stageWith(200, { windowSize: 20 }, { replayPageSize: 10 });
    const sink = new FakeSink({ reading: false, highWaterMark: 400 });
    const peer = await stage.connect({ lastEventId: id(1), sink });
    expect(sink.bufferedBytes).toBeLessThan(1_500);
    expect(await stage.broadcaster.stats()).toMatchObject({ joining: 1, waiting: 0 });
    await stage.publish('a', 'while it waits');
    for (let n = 0; n < 200; n++) {
      sink.read(300);
      await stage.environment.settle();
    }
    await stage.publish('a', 'live');
    sink.flow();
    await stage.environment.settle();
    expect(peer.received).toEqual([...numbers(199, 2), 'while it waits', 'live']);
    expect(peer.client.eventsReceived).toBe(201);
    expect(await stage.broadcaster.stats()).toMatchObject({ joining: 0, replayed: 200, delivered: 201 });
  });

  test('that makes no progress for its time ends with `slow`', async () => {
    const { stage, id } = await stageWith(200, { windowSize: 20 });
    const peer = await stage.connect({ lastEventId: id(1), sink: { reading: false, highWaterMark: 400 } });
    await stage.environment.advance(29_000);
    expect(stage.broadcaster.size).toBe(1);
    await stage.environment.advance(2_000);
    expect(await peer.subscription.over).toBe('slow');
    await stage.environment.advance(10_000);
    expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 0, groups: 0, cut: 1 });
  });

  test('goes on without anyone when the peer leaves in the middle', async () => {
    const { stage, id } = await stageWith(200, { windowSize: 20 });
    const peer = await stage.connect({ lastEventId: id(1), sink: { reading: false, highWaterMark: 400 } });
    peer.sink.leave();
    await stage.environment.advance(5_000);
    expect(await peer.subscription.over).toBe('gone');
    expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 0, groups: 0, pendingReads: 0 });
    expect(stage.environment.pendingTimers).toBe(0);
  });

  test('asked to close, says from where to resume: after the last event given, not the newest', async () => {
    const { stage, id } = await stageWith(200, { windowSize: 20 }, { replayPageSize: 10 });
    const peer = await stage.connect({ lastEventId: id(1), sink: { reading: false, highWaterMark: 400 } });
    peer.subscription.close('revoked');
    peer.sink.flow();
    expect(peer.received.length).toBeLessThan(100);
    expect(peer.systems('closing')).toMatchObject([{ resume_from: peer.lastId }]);
    expect(peer.lastId).toBe(id(1 + peer.received.length));
  });
});
