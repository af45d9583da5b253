import { describe, expect, test } from 'vitest';
import type { BroadcasterHooks } from './broadcaster-options.ts';
import type { LogPage } from './event-log.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { FakeSink } from './testing/fake-sink.ts';
import { createStage } from './testing/stage.ts';

/** Each of these was a fault once; the name says what is so now. */
describe('what was a fault once', () => {
  test('who is beaten regularly gets one heartbeat an interval, not two', async () => {
    const stage = createStage({ heartbeatMs: 1_000 });
    const peer = await stage.connect();
    stage.broadcaster.heartbeat();
    for (let beat = 0; beat < 10; beat++) {
      await stage.environment.advance(1_000);
      stage.broadcaster.heartbeat();
    }
    expect(peer.blocks.filter(({ event }) => event === 'heartbeat')).toHaveLength(11);
  });

  test('a gap in the log itself is counted, told to the hook, and is no event received', async () => {
    const gaps: string[] = [];
    const onGap: BroadcasterHooks['onGap'] = ({ eventsReceived }, { reason }) =>
      void gaps.push(`${reason} after ${eventsReceived}`);
    let log = new MemoryEventLog();
    const abort = new AbortController();
    let lost = abort;
    // A store that is exchanged for an empty one while the tail is open.
    const store = new Proxy(log, {
      get: (_, name) => {
        if (name !== 'tail') return Reflect.get(log, name).bind(log);
        return async function* (signal: AbortSignal) {
          lost = new AbortController();
          signal.addEventListener('abort', () => lost.abort());
          yield* log.tail(lost.signal);
        };
      },
    });
    const stage = createStage({ log: store, hooks: { onGap } });
    const peer = await stage.connect();
    await stage.publish('metric', '1');
    await stage.publish('metric', '2');
    log = new MemoryEventLog();
    lost.abort();
    await stage.environment.advance(1_000);
    expect(peer.systems('gap')).toMatchObject([{ reason: 'trimmed' }]);
    expect(gaps).toEqual(['trimmed after 2']);
    expect(peer.client.eventsReceived).toBe(2);
    expect((await stage.broadcaster.stats()).gaps.trimmed).toBe(1);
  });

  test('a burst larger than a queue reaches a client whose sink empties between turns', async () => {
    const stage = createStage();
    const sink = new FakeSink({ highWaterMark: 16_384, reading: false });
    const peer = await stage.connect({ sink });
    void stage.broadcaster.publish(
      Array.from({ length: 3_000 }, (_, n) => ({ topic: 'a', data: `${n} ${'.'.repeat(1_000)}` })),
    );
    for (let turn = 0; turn < 30; turn++) {
      await stage.environment.microtasks();
      stage.environment.endTurn();
      sink.read();
    }
    await stage.environment.settle();
    sink.flow();
    await stage.environment.settle();
    expect(peer.systems('closing')).toEqual([]);
    expect(peer.received).toHaveLength(3_000);
  });

  test('rights that have ended already see nothing, not even the history', async () => {
    const stage = createStage();
    const before = await stage.connect();
    await stage.publish('a', 'secret');
    const cursor = before.blocks.find(({ id }) => id !== undefined)?.id ?? '';
    const peer = await stage.connect({ lastEventId: cursor, expiresAt: stage.environment.now() - 1 });
    expect(peer.received).toEqual([]);
    expect(peer.systems()).toMatchObject([{ type: 'closing', reason: 'expired' }]);
  });

  test('a log whose reads hang refuses who needs them, keeps no place, and does not keep close waiting', async () => {
    const log = new MemoryEventLog();
    const stage = createStage({ log, windowSize: 1, logTimeoutMs: 100 });
    const ids = [
      await stage.publish('a', '1'),
      await stage.publish('a', '2'),
      await stage.publish('a', '3'),
    ].flat();
    log.read = () => new Promise<LogPage>(() => undefined);
    const refused = expect(
      stage.broadcaster.subscribe({ open: () => new FakeSink(), lastEventId: ids[0] }),
    ).rejects.toMatchObject({ code: 'log-unavailable' });
    await stage.environment.advance(200);
    await refused;
    const closed = stage.broadcaster.close();
    await stage.environment.advance(100);
    await closed;
  });

  test('an append that hangs is log-unavailable', async () => {
    const log = new MemoryEventLog();
    const stage = createStage({ log, logTimeoutMs: 100 });
    log.append = () => new Promise(() => undefined);
    const refused = expect(stage.broadcaster.publish('a', 1)).rejects.toMatchObject({
      code: 'log-unavailable',
    });
    await stage.environment.advance(200);
    await refused;
  });

  test('an open that never settles does not keep close waiting, and what it opens late is ended', async () => {
    const stage = createStage();
    let open: ((sink: FakeSink) => void) | undefined;
    const late = stage.broadcaster.subscribe({
      open: () =>
        new Promise<FakeSink>((resolve) => {
          open = resolve;
        }),
    });
    await stage.environment.settle();
    const closed = stage.broadcaster.close();
    await stage.environment.advance(100);
    await closed;
    const sink = new FakeSink();
    open?.(sink);
    await late;
    expect(sink.ended).toBe(true);
    expect(sink.text).toContain('"reason":"shutdown"');
  });

  test('close does not sit out the moments of streams that have left by themselves', async () => {
    const stage = createStage();
    const peers = [await stage.connect(), await stage.connect(), await stage.connect()];
    const closed = stage.broadcaster.close({ overMs: 60_000 });
    await stage.environment.settle();
    for (const { sink } of peers) sink.leave();
    await stage.environment.advance(21_000);
    await closed;
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 2 ** 31])(
    'close over %s ms is refused',
    async (overMs) => {
      const stage = createStage();
      await expect(stage.broadcaster.close({ overMs })).rejects.toMatchObject({ code: 'invalid-option' });
      expect(stage.broadcaster.status).not.toBe('closing');
    },
  );

  test('topics keep the order in which they were asked for', async () => {
    const stage = createStage();
    const [one, two] = [
      await stage.connect({ topics: ['metric', 'alert'] }),
      await stage.connect({ topics: ['alert', 'metric', 'alert'] }),
    ];
    expect([one.client.topics, two.client.topics]).toEqual([
      ['metric', 'alert'],
      ['alert', 'metric'],
    ]);
    expect((await stage.broadcaster.stats()).groups).toBe(1);
  });
});
