import { describe, expect, test } from 'vitest';
import type { QueuePolicy } from './backlog.ts';
import type { Frame } from './frame.ts';
import { Group, type Member } from './group.ts';
import { createStage, numbers, type Peer, type Stage } from './testing/stage.ts';
import { TopicFilter } from './topics.ts';

async function stalled(stage: Stage): Promise<Peer> {
  const peer = await stage.connect({ sink: { highWaterMark: 1 } });
  peer.sink.stall();
  await stage.publish('a', 'given');
  return peer;
}

async function flow(stage: Stage, peer: Peer): Promise<void> {
  peer.sink.flow();
  await stage.environment.settle();
}

/** Data of events and types of system events, in the order of arrival. */
const sequence = (peer: Peer): string[] =>
  peer.blocks.flatMap(({ event, data = '' }) =>
    event === 'system' ? [(JSON.parse(data) as { type: string }).type] : event === undefined ? [] : [data],
  );

describe('drop-oldest', () => {
  test('keeps the newest, and tells one gap in the place of all that was dropped', async () => {
    const told: unknown[] = [];
    const stage = createStage({
      queuePolicy: 'drop-oldest',
      maxQueueSize: 3,
      hooks: { onGap: (_, gap) => void told.push(gap), onOverflow: (_, dropped) => void told.push(dropped) },
    });
    const peer = await stalled(stage);
    const ids = await stage.publishEach('a', numbers(7));
    expect(peer.client).toMatchObject({ queueSize: 3, eventsReceived: 1 });
    expect(told).toEqual([1, 1, 1, 1]);
    const given = peer.client.eventsReceived;
    await flow(stage, peer);
    expect(sequence(peer)).toEqual(['connected', 'given', 'warning', 'gap', '5', '6', '7']);
    const [gap] = peer.systems('gap');
    expect(gap).toMatchObject({ reason: 'overflow', oldest: ids[4], newest: ids[6] });
    expect(gap?.['requested']).toBe(peer.blocks.find(({ data }) => data === 'given')?.id);
    expect(told.at(-1)).toEqual(gap);
    expect(peer.client).toMatchObject({ eventsReceived: given + 3, queueSize: 0 });
    expect(await stage.broadcaster.stats()).toMatchObject({
      dropped: 4,
      overflows: 4,
      gaps: { overflow: 1 },
    });
  });

  test('a client that resumes from what the gap names gets what was dropped', async () => {
    const stage = createStage({ queuePolicy: 'drop-oldest', maxQueueSize: 3 });
    const peer = await stalled(stage);
    await stage.publishEach('a', numbers(7));
    await flow(stage, peer);
    const again = await stage.connect({ lastEventId: String(peer.systems('gap')[0]?.['requested']) });
    expect(again.received).toEqual(numbers(7));
  });

  test('tells another gap for another loss', async () => {
    const stage = createStage({ queuePolicy: 'drop-oldest', maxQueueSize: 2 });
    const peer = await stalled(stage);
    for (const round of ['a', 'b']) {
      await stage.publishEach('a', [`${round}1`, `${round}2`, `${round}3`]);
      await flow(stage, peer);
      peer.sink.stall();
      await stage.publish('a', `given ${round}`);
    }
    await flow(stage, peer);
    expect(sequence(peer).filter((part) => part !== 'warning')).toEqual([
      'connected',
      'given',
      'gap',
      'a2',
      'a3',
      'given a',
      'gap',
      'b2',
      'b3',
      'given b',
    ]);
  });

  test('drops by bytes too, down to nothing where the sink alone holds more than the bound', async () => {
    const stage = createStage({ queuePolicy: 'drop-oldest', maxQueueBytes: 700 });
    const peer = await stalled(stage);
    await stage.publishEach('a', ['x'.repeat(300), 'y'.repeat(300)]);
    expect(peer.client.queueSize).toBe(1);
    await stage.publish('a', 'z'.repeat(2_000));
    expect(peer.client.queueSize).toBe(0);
    expect(peer.client.queueBytes).toBeLessThanOrEqual(700);
    await flow(stage, peer);
    expect(peer.systems('gap')).toMatchObject([{ reason: 'overflow', oldest: null }]);
    await stage.publish('a', 'live');
    expect(peer.received).toEqual(['given', 'live']);
    expect(peer.client).toMatchObject({ eventsReceived: 2, queueSize: 0 });
  });

  test('a stream that is closed with a loss untold resumes from before it', async () => {
    const stage = createStage({ queuePolicy: 'drop-oldest', maxQueueSize: 2 });
    const peer = await stalled(stage);
    await stage.publishEach('a', numbers(5));
    peer.subscription.close('revoked');
    peer.sink.flow();
    const again = await stage.connect({ lastEventId: String(peer.systems('closing')[0]?.['resume_from']) });
    expect(again.received).toEqual(numbers(5));
  });
});

describe('latest', () => {
  const send = async (stage: Stage, ...events: readonly [key: string, data: string][]): Promise<void> => {
    for (const [key, data] of events) {
      await stage.broadcaster.publish('a', data, { key });
      await stage.environment.settle();
    }
  };

  test('past the bound keeps the newest of each key, in their order, and tells of no gap', async () => {
    const stage = createStage({ queuePolicy: 'latest', maxQueueSize: 4 });
    const peer = await stalled(stage);
    await send(stage, ['cpu', 'c1'], ['mem', 'm1'], ['cpu', 'c2'], ['disk', 'd1']);
    expect(peer.client.queueSize).toBe(4);
    await send(stage, ['mem', 'm2']);
    expect(peer.client).toMatchObject({ queueSize: 3, eventsReceived: 1 });
    await send(stage, ['cpu', 'c3']);
    await flow(stage, peer);
    expect(peer.received).toEqual(['given', 'c2', 'd1', 'm2', 'c3']);
    expect(peer.systems('gap')).toEqual([]);
    expect(peer.client).toMatchObject({ eventsReceived: 5, queueSize: 0 });
    expect(await stage.broadcaster.stats()).toMatchObject({ overflows: 1, dropped: 0 });
  });

  test('takes the topic for the key where an event has none', async () => {
    const stage = createStage({ queuePolicy: 'latest', maxQueueSize: 2 });
    const peer = await stalled(stage);
    await stage.publish('a', '1');
    await stage.publish('b', '2');
    await stage.publish('a', '3');
    await flow(stage, peer);
    expect(peer.received).toEqual(['given', '2', '3']);
  });

  test('with more keys than the bound drops the oldest, and tells that', async () => {
    const stage = createStage({ queuePolicy: 'latest', maxQueueSize: 2 });
    const peer = await stalled(stage);
    await send(stage, ['a', 'a1'], ['b', 'b1'], ['c', 'c1'], ['b', 'b2']);
    await flow(stage, peer);
    expect(sequence(peer)).toEqual(['connected', 'given', 'warning', 'gap', 'c1', 'b2']);
    expect(peer.client.eventsReceived).toBe(3);
  });

  test('counts exactly through any mix of full queues and pauses, and never sends an older one after a newer', async () => {
    const stage = createStage({ queuePolicy: 'latest', maxQueueSize: 3 });
    const peer = await stalled(stage);
    for (let n = 1; n <= 60; n++) {
      await send(stage, [`k${n % 5}`, String(n)]);
      expect(peer.client.queueSize).toBeLessThanOrEqual(3);
      if (n % 11 === 0) {
        await flow(stage, peer);
        expect(peer.client).toMatchObject({ eventsReceived: peer.received.length, queueSize: 0 });
        peer.sink.stall();
      }
    }
    await flow(stage, peer);
    const order = peer.received.slice(1).map(Number);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(peer.received.at(-1)).toBe('60');
    expect(peer.client.eventsReceived).toBe(peer.received.length);
  });
});

describe('time', () => {
  test.each<QueuePolicy>(['disconnect', 'drop-oldest', 'latest'])(
    'without progress for 30 s a stream ends with `slow`, whatever its policy: %s',
    async (queuePolicy) => {
      const stage = createStage({ queuePolicy });
      const peer = await stalled(stage);
      await stage.environment.advance(29_000);
      expect(peer.sink.ended).toBe(false);
      await stage.environment.advance(2_000);
      expect(await peer.subscription.over).toBe('slow');
    },
  );

  test('any progress starts the 30 s anew', async () => {
    const stage = createStage();
    const peer = await stalled(stage);
    for (let round = 0; round < 10; round++) {
      await stage.environment.advance(25_000);
      peer.sink.read(1);
    }
    expect(peer.sink.ended).toBe(false);
    await stage.environment.advance(31_500);
    expect(peer.sink.ended).toBe(true);
  });

  test('who has caught up is not slow, however long nothing comes', async () => {
    const stage = createStage();
    const peer = await stalled(stage);
    await flow(stage, peer);
    await stage.environment.advance(600_000);
    expect(peer.sink.ended).toBe(false);
  });
});

describe('memory', () => {
  const frame = (id: string): Frame => ({ id, topic: 'a', key: 'a', bytes: new Uint8Array(10) });
  const member = (state: Member['state'], given: number): Member & { given: number } => ({
    state,
    given,
    writeLive() {},
    noteGap: () => undefined,
    fallBehind() {},
  });

  test('a group keeps frames only as far back as someone who waits needs them', () => {
    const group = new Group(new TopicFilter());
    group.members.add(member('ready', 0));
    group.deliver([frame('1'), frame('2')], 0);
    expect(group.frames.length).toBe(0);
    const [slow, slower] = [member('waiting', 2), member('waiting', 2)];
    group.members.add(slow).add(slower);
    group.deliver([frame('3'), frame('4')], 0);
    slow.given = 4;
    group.deliver([frame('5')], 0);
    expect([group.frames.start, group.frames.end]).toEqual([2, 5]);
    group.members.delete(slower);
    group.deliver([frame('6')], 0);
    expect([group.frames.start, group.frames.end]).toEqual([4, 6]);
    group.members.delete(slow);
    group.deliver([frame('7')], 0);
    expect(group.frames.length).toBe(0);
    expect([group.bytes, group.lastId]).toEqual([70, '7']);
  });

  test('a thousand stalled clients hold no more frames than one', async () => {
    const stage = createStage();
    for (let n = 0; n < 1_000; n++) {
      const { sink } = await stage.connect({ sink: { highWaterMark: 1 } });
      sink.stall();
    }
    await stage.publish('a', 'given');
    const held = (await stage.broadcaster.stats()).queuedBytes;
    await stage.publishEach('a', numbers(50));
    const stats = await stage.broadcaster.stats();
    expect(stats).toMatchObject({ waiting: 1_000, groups: 1, longestQueue: 50 });
    for (const { queueSize } of stage.broadcaster.clients()) expect(queueSize).toBe(50);
    // What is queued is counted for each, and held for all: no sink has been given any of it.
    expect(stats.queuedBytes).toBeGreaterThan(held);
  });
});
