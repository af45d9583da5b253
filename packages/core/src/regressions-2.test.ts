import { describe, expect, test } from 'vitest';
import { FakeSink } from './testing/fake-sink.ts';
import { createStage } from './testing/stage.ts';

/** Each of these was a fault once; the name says what is so now. */
describe('what was a fault once', () => {
  test('a client that leaves in the very write that was to make it live is not counted among the living', async () => {
    const stage = createStage();
    const sink = new FakeSink();
    const [cursor] = await stage.publish('a', 'before');
    await stage.publish('b', 'of another topic');
    const write = sink.write.bind(sink);
    sink.write = (bytes) => {
      const more = write(bytes);
      if (sink.writes === 2) sink.leave();
      return more;
    };
    const peer = await stage.connect({ sink, topics: ['a'], lastEventId: cursor });
    expect(await peer.subscription.over).toBe('gone');
    expect(peer.client.eventsReceived).toBe(0);
    await stage.connect({ topics: ['a'] });
    await stage.publish('a', 'after');
    expect((await stage.broadcaster.stats()).delivered).toBe(1);
    peer.subscription.close('revoked');
    expect((await stage.broadcaster.stats()).disconnects).toMatchObject({ gone: 1, revoked: 0 });
  });
});
