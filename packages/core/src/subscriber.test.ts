import { describe, expect, test } from 'vitest';
import { createStage, numbers, type Peer, type Stage } from './testing/stage.ts';

/** A peer that reads nothing, and whose sink holds nothing back but says wait from the first byte on. */
async function stalled(stage: Stage, request: Parameters<Stage['connect']>[0] = {}): Promise<Peer> {
  const peer = await stage.connect({ ...request, sink: { highWaterMark: 1 } });
  peer.sink.stall();
  // The sink is told to wait by the next write only: this one is given, and is in no queue.
  await stage.publish('a', 'given');
  return peer;
}

const FRAME_BYTES = (data: string, id: string): number => `id: ${id}\nevent: data\ndata: ${data}\n\n`.length;

describe('a queue', () => {
  test('holds what a sink that said wait has not been given, and costs the sink nothing', async () => {
    const stage = createStage();
    const peer = await stalled(stage);
    const held = peer.sink.bufferedBytes;
    const ids = await stage.publishEach('a', numbers(10));
    const queued = ids.reduce((sum, id, index) => sum + FRAME_BYTES(String(index + 1), id), 0);
    expect(peer.sink.bufferedBytes).toBe(held);
    expect(peer.client).toMatchObject({ queueSize: 10, queueBytes: held + queued, eventsReceived: 1 });
    expect(await stage.broadcaster.stats()).toMatchObject({
      waiting: 1,
      longestQueue: 10,
      queuedBytes: held + queued,
    });
  });

  test('is given once the peer reads, in order and whole, and then the stream is live again', async () => {
    const stage = createStage();
    const peer = await stalled(stage);
    await stage.publishEach('a', numbers(50));
    peer.sink.flow();
    await stage.environment.settle();
    expect(peer.received).toEqual(['given', ...numbers(50)]);
    expect(peer.client).toMatchObject({ queueSize: 0, queueBytes: 0, eventsReceived: 51 });
    await stage.publish('a', 'live');
    expect(peer.received.at(-1)).toBe('live');
    expect(await stage.broadcaster.stats()).toMatchObject({ waiting: 0, delivered: 52 });
  });

  test('is given piece by piece to a peer that reads slowly, and counted exactly all the while', async () => {
    const stage = createStage();
    const peer = await stalled(stage);
    await stage.publishEach(
      'a',
      Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(5_000, '.')),
    );
    for (let step = 0; step < 300; step++) {
      const { eventsReceived, queueSize } = peer.client;
      expect(eventsReceived + queueSize).toBe(61);
      expect(peer.sink.bufferedBytes).toBeLessThanOrEqual(64 * 1024 + 5_100);
      peer.sink.read(2_000);
      await stage.environment.settle();
    }
    expect(peer.received).toHaveLength(61);
    expect(peer.client).toMatchObject({ eventsReceived: 61, queueSize: 0, queueBytes: 0 });
  });

  test('of one client changes nothing for the others', async () => {
    const stage = createStage();
    const before = await stage.connect();
    await stalled(stage);
    const after = await stage.connect();
    await stage.publishEach('a', numbers(200));
    expect(before.received).toEqual(['given', ...numbers(200)]);
    expect(after.received).toEqual(numbers(200));
    expect([before.sink.writes, after.sink.writes]).toEqual([202, 201]);
  });
});

describe('the bound of a queue', () => {
  test('by events: 100 may wait, and with one more the stream ends with `slow`, and resumes from its last id', async () => {
    const stage = createStage();
    const peer = await stalled(stage);
    await stage.publishEach('a', numbers(100));
    expect(peer.client.queueSize).toBe(100);
    await stage.publish('a', '101');
    expect(await peer.subscription.over).toBe('slow');
    peer.sink.flow();
    expect(peer.received).toEqual(['given']);
    const resumeFrom = peer.lastId;
    expect(peer.systems('closing')).toEqual([{ type: 'closing', reason: 'slow', resume_from: resumeFrom }]);
    const again = await stage.connect({ lastEventId: resumeFrom });
    expect(again.received).toEqual(numbers(101));
    expect((await stage.broadcaster.stats()).disconnects).toMatchObject({ slow: 1 });
  });

  test('by events of one turn alone: the queue may be filled at once, but not overfilled', async () => {
    const stage = createStage({ maxQueueSize: 5 });
    const [fits, overfilled] = [
      await stalled(stage, { topics: ['a'] }),
      await stalled(stage, { topics: ['a', 'b'] }),
    ];
    await stage.broadcaster.publish([
      ...numbers(4).map((data) => ({ topic: 'a', data })),
      { topic: 'b', data: 'more' },
      { topic: 'b', data: 'too much' },
    ]);
    await stage.environment.settle();
    // The second was given its first event while the first already waited.
    expect([fits.sink.ended, overfilled.sink.ended]).toEqual([false, true]);
    expect(fits.client.queueSize).toBe(5);
  });

  test('by bytes, with those that the sink holds: at the bound a stream stays, one byte beyond it ends', async () => {
    const outcomes: [number, boolean][] = [];
    for (const extra of [0, -1]) {
      const stage = createStage();
      const probe = await stalled(stage);
      const [id = ''] = await stage.publish('a', '1');
      const needed = probe.sink.bufferedBytes + FRAME_BYTES('1', id);
      const bounded = createStage({ maxQueueBytes: needed * 2 + extra });
      const peer = await stalled(bounded);
      const [next = ''] = await bounded.publish('a', '1');
      const warned = peer.sink.bufferedBytes;
      const room = needed * 2 - warned - FRAME_BYTES('1', next) - FRAME_BYTES('', next);
      await bounded.publish('a', 'x'.repeat(room));
      outcomes.push([extra, peer.sink.ended]);
    }
    expect(outcomes).toEqual([
      [0, false],
      [-1, true],
    ]);
  });

  test('can be set for one subscription', async () => {
    const stage = createStage();
    const peer = await stalled(stage, { maxQueueSize: 2 });
    await stage.publish('a', '1', '2');
    expect(peer.sink.ended).toBe(false);
    await stage.publish('a', '3');
    expect(peer.sink.ended).toBe(true);
  });

  test('is not reached by what is given at once, however much it is', async () => {
    const stage = createStage({ maxQueueSize: 1 });
    const peer = await stage.connect();
    await stage.publish('a', ...numbers(500));
    expect(peer.received).toHaveLength(500);
  });

  test('tells the hook once, with nothing dropped, and counts one overflow', async () => {
    const told: unknown[] = [];
    const stage = createStage({
      maxQueueSize: 1,
      hooks: { onOverflow: ({ id, queueSize }, dropped) => void told.push([id, queueSize, dropped]) },
    });
    const peer = await stalled(stage);
    await stage.publishEach('a', numbers(5));
    expect(told).toEqual([[peer.subscription.id, 2, 0]]);
    expect(await stage.broadcaster.stats()).toMatchObject({ overflows: 1, dropped: 0 });
  });
});

describe('the warning', () => {
  test('goes out at 80 % of the events, once a backlog, and again with the next backlog', async () => {
    const stage = createStage({ maxQueueSize: 10 });
    const peer = await stalled(stage);
    await stage.publishEach('a', numbers(7));
    const before = peer.sink.writes;
    await stage.publish('a', '8');
    expect(peer.sink.writes).toBe(before + 1);
    await stage.publish('a', '9', '10');
    expect(peer.sink.writes).toBe(before + 1);
    peer.sink.flow();
    await stage.environment.settle();
    expect(peer.systems('warning')).toMatchObject([
      { type: 'warning', queue_size: 8, max_queue_size: 10, max_queue_bytes: 1_048_576 },
    ]);
    peer.sink.stall();
    await stage.publish('a', 'given');
    await stage.publishEach('a', numbers(10));
    peer.sink.flow();
    await stage.environment.settle();
    expect(peer.systems('warning')).toHaveLength(2);
    expect(await stage.broadcaster.stats()).toMatchObject({ warnings: 2 });
  });

  test('goes out at 80 % of the bytes', async () => {
    const stage = createStage({ maxQueueBytes: 2_000 });
    const peer = await stalled(stage);
    await stage.publish('a', 'x'.repeat(1_200));
    expect(await stage.broadcaster.stats()).toMatchObject({ warnings: 0 });
    await stage.publish('a', 'x'.repeat(400));
    expect(await stage.broadcaster.stats()).toMatchObject({ warnings: 1 });
    peer.sink.flow();
    await stage.environment.settle();
    expect(peer.systems('warning')).toMatchObject([{ queue_size: 2, max_queue_bytes: 2_000 }]);
    expect(Number(peer.systems('warning')[0]?.['queue_bytes'])).toBeGreaterThanOrEqual(1_600);
  });

  test('is no event: it is counted by nobody', async () => {
    const stage = createStage({ maxQueueSize: 2 });
    const peer = await stalled(stage);
    await stage.publish('a', '1', '2');
    expect(peer.client).toMatchObject({ eventsReceived: 1, queueSize: 2 });
  });
});
