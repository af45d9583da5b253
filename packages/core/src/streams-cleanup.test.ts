import { describe, expect, test } from 'vitest';
import { FakeSink } from './testing/fake-sink.ts';
import { createStage, readBlocks } from './testing/stage.ts';

describe('nothing is left behind', () => {
  async function expectNothing(stage: ReturnType<typeof createStage>): Promise<void> {
    await stage.environment.advance(30_000);
    expect(await stage.broadcaster.stats()).toMatchObject({
      subscribers: 0,
      groups: 0,
      leaving: 0,
      pendingReads: 0,
    });
    expect(stage.environment.pendingTimers).toBe(0);
    await stage.connect();
  }

  test('when open throws, or rejects: the error is passed on, and the place is free', async () => {
    for (const open of [
      () => {
        throw new Error('boom');
      },
      () => Promise.reject(new Error('boom')),
    ]) {
      const stage = createStage({ maxSubscribers: 1 });
      await expect(stage.broadcaster.subscribe({ open })).rejects.toThrow('boom');
      await expectNothing(stage);
    }
  });

  test('when open forgets to return the sink', async () => {
    const stage = createStage({ maxSubscribers: 1 });
    const open = (() => undefined) as unknown as () => FakeSink;
    await expect(stage.broadcaster.subscribe({ open })).rejects.toThrow(TypeError);
    await expectNothing(stage);
  });

  test('when the topics or the client are refused: open is not called', async () => {
    const stage = createStage({ maxSubscribers: 1 });
    for (const [request, code] of [
      [{ topics: ['a..b'] }, 'invalid-topic'],
      [{ topics: [] }, 'invalid-topic'],
      [{ allowedTopics: ['*a'] }, 'invalid-topic'],
      [{ client: { name: 'a\nb' } }, 'invalid-client'],
    ] as const) {
      const sink = new FakeSink();
      await expect(stage.connect({ ...request, sink })).rejects.toMatchObject({ code });
      expect(sink.writes).toBe(0);
    }
    await expectNothing(stage);
  });

  test('when the peer has left while its response was opened', async () => {
    const reasons: string[] = [];
    const stage = createStage({
      maxSubscribers: 1,
      hooks: { onDisconnect: (_, reason) => void reasons.push(reason) },
    });
    const subscription = await stage.broadcaster.subscribe({
      open: async () => {
        const sink = new FakeSink();
        sink.leave();
        await Promise.resolve();
        return sink;
      },
    });
    expect(await subscription.over).toBe('gone');
    expect(reasons).toEqual(['gone']);
    await expectNothing(stage);
  });

  test('when a sink throws: its stream is over with `failed`, it is cut, and the others get everything', async () => {
    class BrokenSink extends FakeSink {
      broken = false;
      override write(bytes: Uint8Array): boolean {
        if (this.broken) throw new Error('broken');
        return super.write(bytes);
      }
    }
    const stage = createStage();
    const before = await stage.connect();
    const sink = new BrokenSink();
    const broken = await stage.connect({ sink });
    const after = await stage.connect();
    sink.broken = true;
    await stage.publish('a', '1', '2');
    expect(await broken.subscription.over).toBe('failed');
    expect(sink.destroyed).toBe(true);
    expect([before.received, after.received]).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
    const born = new BrokenSink();
    born.broken = true;
    const peer = await stage.connect({ sink: born, lastEventId: 'no id' });
    expect(await peer.subscription.over).toBe('failed');
    expect((await stage.broadcaster.stats()).disconnects).toMatchObject({ failed: 2 });
    before.sink.leave();
    after.sink.leave();
    await expectNothing(stage);
  });

  test('when ending a sink throws: the others are still looked after', async () => {
    class EndlessSink extends FakeSink {
      override end(): void {
        throw new Error('endless');
      }
    }
    const stage = createStage({ heartbeatMs: 1_000 });
    const sink = new EndlessSink();
    await stage.connect({ sink, expiresAt: stage.environment.now() + 500 });
    const other = await stage.connect();
    await stage.environment.advance(3_000);
    expect(sink.destroyed).toBe(true);
    expect(other.blocks.filter(({ event }) => event === 'heartbeat').length).toBeGreaterThan(1);
    other.sink.leave();
    await expectNothing(stage);
  });

  test('a thousand streams come and go, and no listener, group, timer or place remains', async () => {
    const stage = createStage({ maxSubscribers: 10 });
    for (let n = 0; n < 1_000; n++) {
      const peer = await stage.connect({ topics: [`topic${n % 7}`] });
      if (n % 3 === 0) peer.sink.leave();
      else if (n % 3 === 1) peer.subscription.close('revoked');
      else stage.broadcaster.disconnect(() => true);
      expect(readBlocks(peer.sink.text).length).toBeGreaterThan(1);
    }
    await expectNothing(stage);
  });
});
