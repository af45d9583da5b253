import { describe, expect, test } from 'vitest';
import { FakeSink } from './testing/fake-sink.ts';
import { createStage, numbers, type Peer } from './testing/stage.ts';

/** Remembers the very buffers that it was given. */
class RecordingSink extends FakeSink {
  readonly buffers: Uint8Array[] = [];
  override write(bytes: Uint8Array): boolean {
    this.buffers.push(bytes);
    return super.write(bytes);
  }
}

describe('fan-out', () => {
  test('an event reaches all who asked for it, once, and nobody else', async () => {
    const stage = createStage();
    const peers: Peer[] = [];
    for (let n = 0; n < 300; n++) peers.push(await stage.connect({ topics: [`topic.${n % 3}`] }));
    await stage.publish('topic.0', 'zero');
    await stage.publish('topic.1', 'one');
    peers.forEach(({ received }, index) => {
      expect(received).toEqual([['zero'], ['one'], []][index % 3]);
    });
    expect(await stage.broadcaster.stats()).toMatchObject({
      groups: 3,
      shown: 2,
      matched: 2,
      delivered: 200,
    });
  });

  test('all members of a group get the very same buffer, and what they are sent is never changed', async () => {
    const stage = createStage();
    const sinks = Array.from({ length: 20 }, () => new RecordingSink());
    for (const [index, sink] of sinks.entries())
      await stage.connect({ sink, topics: index % 2 === 0 ? ['a', 'b'] : ['b', 'a'] });
    await stage.publish('a', '1', '2', '3');
    const [first] = sinks;
    for (const sink of sinks) {
      expect(sink.buffers).toHaveLength(2);
      expect(sink.buffers[1]).toBe(first?.buffers[1]);
    }
  });

  test('a single event of a turn is sent as the buffer that the window keeps, without a copy', async () => {
    const stage = createStage();
    const [one, other] = [new RecordingSink(), new RecordingSink()];
    await stage.connect({ sink: one, topics: ['a'] });
    await stage.connect({ sink: other, topics: ['*'] });
    await stage.publish('a', '1');
    expect(other.buffers[1]).toBe(one.buffers[1]);
  });

  test('the events of one turn leave in one write, in order; those of the next in another', async () => {
    const stage = createStage();
    const peer = await stage.connect();
    for (const data of numbers(50)) void stage.broadcaster.publish('a', data);
    await stage.environment.microtasks();
    expect(peer.sink.writes).toBe(1);
    await stage.environment.settle();
    expect(peer.sink.writes).toBe(2);
    await stage.publish('a', '51');
    expect(peer.sink.writes).toBe(3);
    expect(peer.received).toEqual(numbers(51));
  });

  test('a turn that brings more bytes than a queue may hold leaves in several writes', async () => {
    const stage = createStage({ maxQueueBytes: 1_000 });
    const peer = await stage.connect();
    await stage.publish('a', ...Array.from({ length: 10 }, () => 'x'.repeat(400)));
    expect(peer.received).toHaveLength(10);
    expect(peer.sink.writes).toBeGreaterThan(3);
  });

  test('who joins in the middle of a turn gets what is held once, and in order', async () => {
    const stage = createStage();
    await stage.connect();
    await stage.broadcaster.publish('a', 'held');
    await stage.environment.microtasks();
    const sink = new FakeSink();
    await stage.broadcaster.subscribe({ open: () => sink });
    expect(sink.text).not.toContain('data: held');
    await stage.environment.settle();
    await stage.publish('a', 'next');
    expect([...sink.text.matchAll(/^data: (held|next)$/gm)].map((match) => match[1])).toEqual([
      'held',
      'next',
    ]);
  });

  test('a group ends with its last member, and begins anew with the next', async () => {
    const stage = createStage();
    const first = await stage.connect({ topics: ['a'] });
    const second = await stage.connect({ topics: ['a', 'a'] });
    expect((await stage.broadcaster.stats()).groups).toBe(1);
    first.sink.leave();
    expect((await stage.broadcaster.stats()).groups).toBe(1);
    second.sink.leave();
    expect((await stage.broadcaster.stats()).groups).toBe(0);
    const third = await stage.connect({ topics: ['a'] });
    await stage.publish('a', '1');
    expect(third.received).toEqual(['1']);
  });

  test('equal topics under other rights are another group', async () => {
    const stage = createStage();
    const free = await stage.connect({ topics: ['**'] });
    const bound = await stage.connect({ topics: ['**'], allowedTopics: ['a'] });
    await stage.publish('a', '1');
    await stage.publish('b', '2');
    expect([free.received, bound.received]).toEqual([['1', '2'], ['1']]);
    expect(await stage.broadcaster.stats()).toMatchObject({ groups: 2, matched: 3, delivered: 3 });
  });

  test('a hook that ends others in the middle of a delivery makes no hole for them', async () => {
    const stage = createStage({
      maxQueueSize: 1,
      hooks: { onOverflow: () => void stage.broadcaster.disconnect(() => true) },
    });
    await stage.connect({ sink: { reading: false, highWaterMark: 1 } });
    const other = await stage.connect();
    await stage.publish('a', '1', '2');
    const [closing] = other.systems('closing');
    const again = await stage.connect({ lastEventId: String(closing?.['resume_from']) });
    expect([...other.received, ...again.received]).toEqual(['1', '2']);
    expect(other.client.eventsReceived).toBe(other.received.length);
  });
});
