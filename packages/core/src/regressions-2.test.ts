import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { MemoryEventLog } from './memory-event-log.ts';
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

  test.each(['throws', 'rejects'])(
    'a sink that cannot be waited for, as its writable %s, is ended, and stops neither the process nor others',
    async (how) => {
      const stage = createStage();
      const other = await stage.connect();
      const cursor = other.lastId;
      await stage.publish('a', '1');
      const broken = (): FakeSink => {
        const sink = new FakeSink({ highWaterMark: 1, reading: false });
        sink.writable = () => {
          if (how === 'throws') throw new Error('no');
          return Promise.reject(new Error('no'));
        };
        return sink;
      };
      const live = await stage.connect({ sink: broken() });
      const replaying = await stage.connect({ sink: broken(), lastEventId: cursor });
      await stage.publish('a', '2');
      expect(await live.subscription.over).toBe('failed');
      expect(await replaying.subscription.over).toBe('failed');
      expect(other.received).toEqual(['1', '2']);
    },
  );

  test('a sink that throws whatever is asked of it stops neither the others nor the upkeep', async () => {
    const stage = createStage({ lingerMs: 100 });
    const broken = (): FakeSink => {
      const sink = new FakeSink();
      sink.destroy = () => {
        throw new Error('not even this');
      };
      return sink;
    };
    const [first, second] = [broken(), broken()];
    const failing = await stage.connect({ sink: first });
    const stuck = await stage.connect({ sink: second });
    const other = await stage.connect();
    first.write = () => {
      throw new Error('no');
    };
    second.end = () => undefined;
    await stage.publish('a', '1');
    expect(await failing.subscription.over).toBe('failed');
    stuck.subscription.close('revoked');
    await stage.environment.advance(200);
    expect((await stage.broadcaster.stats()).cut).toBe(2);
    await stage.publish('a', '2');
    expect(other.received).toEqual(['1', '2']);
  });

  test.each([[['a-1', 'a-2']], [['a-1']], [{ nested: 'a-1' }], [5], [true]])(
    'a cursor that is no text, %j, is a malformed one, and does not end the process',
    async (cursor) => {
      const stage = createStage();
      const peer = await stage.connect({ lastEventId: cursor as unknown as string });
      await stage.publish('a', '1');
      expect(peer.systems('gap')).toMatchObject([{ reason: 'malformed', requested: null }]);
      expect(peer.received).toEqual(['1']);
    },
  );

  test('who gave up waiting for a log that is down is forgotten', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const log = new MemoryEventLog();
    log.tail = () => {
      throw new Error('down');
    };
    const stage = createStage({ log, logTimeoutMs: 10 });
    const heapAfterAttempts = async (): Promise<number> => {
      for (let round = 0; round < 10; round++) {
        const attempts = Array.from({ length: 200 }, () =>
          stage.broadcaster.subscribe({ open: () => new FakeSink() }),
        );
        const refused = Promise.allSettled(attempts);
        await stage.environment.advance(20);
        for (const { status } of await refused) expect(status).toBe('rejected');
      }
      stage.errors.length = 0;
      gc();
      return process.memoryUsage().heapUsed;
    };
    await heapAfterAttempts();
    const before = await heapAfterAttempts();
    expect((await heapAfterAttempts()) - before).toBeLessThan(1_000_000); // each was kept with 1,500 bytes
  });

  test('a read that hangs while the tail is opened again is given up, and the log is followed in the end', async () => {
    let log = new MemoryEventLog();
    let lost = new AbortController();
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
    const stage = createStage({ log: store, logTimeoutMs: 1_000 });
    const peer = await stage.connect();
    log = new MemoryEventLog();
    const { read } = log;
    log.read = () => new Promise(() => undefined);
    lost.abort();
    await stage.environment.advance(500);
    log.read = read;
    await stage.environment.advance(5_000);
    expect(stage.broadcaster.status).toBe('running');
    await stage.publish('a', '1');
    expect(peer.received).toEqual(['1']);
  });

  test('who waits for its turn behind a log that does not answer is refused with those before it', async () => {
    const log = new MemoryEventLog();
    const bounds = { windowSize: 1, logTimeoutMs: 1_000, maxReplayReads: 2 };
    const stage = createStage({ log, ...bounds });
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(...(await stage.publish('a', String(n))));
    log.read = () => new Promise(() => undefined);
    const subscribe = (lastEventId: string) =>
      stage.broadcaster.subscribe({ open: () => new FakeSink(), lastEventId });
    const all = Promise.allSettled(ids.slice(0, 15).map(subscribe));
    await stage.environment.advance(1_000);
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'log-unavailable' }) };
    expect(await all).toEqual(Array.from({ length: 15 }, () => refused));
    expect((await stage.broadcaster.stats()).pendingReads).toBe(0);
  });
});
