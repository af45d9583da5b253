import { describe, expect, test } from 'vitest';
import { Broadcaster } from './broadcaster.ts';
import type { Client } from './client.ts';
import { FakeSink } from './testing/fake-sink.ts';
import { createStage, numbers } from './testing/stage.ts';

describe('publish', () => {
  test('brings an event to those who asked for its topic, and answers with its id', async () => {
    const stage = createStage();
    const metric = await stage.connect({ topics: ['metric.*'] });
    const alert = await stage.connect({ topics: ['alert'] });
    const [id, ...others] = await stage.broadcaster.publish('metric.cpu', { value: 1 });
    await stage.environment.settle();
    expect(others).toEqual([]);
    expect(metric.blocks.at(-1)).toEqual({ id, event: 'data', data: '{"type":"metric.cpu","value":1}' });
    expect(alert.received).toEqual([]);
  });

  test('takes options with one event, and events as objects, one or many', async () => {
    const stage = createStage();
    const peer = await stage.connect();
    await stage.broadcaster.publish('a', '1', { event: 'named', key: 'k', idempotencyKey: 'i' });
    await stage.broadcaster.publish({ topic: 'a', data: '2', event: 'other' });
    await stage.broadcaster.publish([
      { topic: 'a', data: '3' },
      { topic: 'b', data: '4' },
    ]);
    await stage.environment.settle();
    expect(peer.blocks.slice(2).map(({ event, data }) => [event, data])).toEqual([
      ['named', '1'],
      ['other', '2'],
      ['data', '3'],
      ['data', '4'],
    ]);
  });

  test('of a batch with one bad event adds none of them', async () => {
    const stage = createStage();
    const peer = await stage.connect();
    const good = { topic: 'a', data: '1' };
    for (const [bad, code] of [
      [{ topic: 'a b', data: '' }, 'invalid-topic'],
      [{ topic: 'a', data: undefined }, 'invalid-event'],
      [{ topic: 'a', data: '', event: 'error' }, 'invalid-event'],
    ] as const)
      await expect(stage.broadcaster.publish([good, bad, good])).rejects.toMatchObject({ code });
    await stage.environment.settle();
    expect(peer.received).toEqual([]);
    expect(await stage.log.stats()).toMatchObject({ entries: 0 });
    expect(await stage.broadcaster.stats()).toMatchObject({ published: 0 });
  });

  test('takes as many events at once as it may, and not one more', async () => {
    const stage = createStage({ maxBatchSize: 3 });
    const events = (count: number) => numbers(count).map((data) => ({ topic: 'a', data }));
    expect(await stage.broadcaster.publish(events(3))).toHaveLength(3);
    await expect(stage.broadcaster.publish(events(4))).rejects.toMatchObject({
      code: 'invalid-event',
      message: 'Expected at most 3 events, got 4',
    });
    expect(await stage.broadcaster.publish([])).toEqual([]);
    expect(await stage.log.stats()).toMatchObject({ entries: 3 });
  });

  test('keeps the order in which it was called, without waiting in between', async () => {
    const stage = createStage();
    const peer = await stage.connect();
    await Promise.all(numbers(50).map((data) => stage.broadcaster.publish('a', data)));
    await stage.environment.settle();
    expect(peer.received).toEqual(numbers(50));
  });

  test('with a repeated idempotency key sends nothing again', async () => {
    const stage = createStage();
    const peer = await stage.connect();
    const first = await stage.broadcaster.publish('a', '1', { idempotencyKey: 'k' });
    const second = await stage.broadcaster.publish('a', '1', { idempotencyKey: 'k' });
    await stage.environment.settle();
    expect([second, peer.received]).toEqual([first, ['1']]);
  });

  test('validates by the schema of the topic', async () => {
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'by hand',
        validate: (value: unknown) =>
          typeof value === 'number' ? { value: value * 2 } : { issues: [{ message: 'no number' }] },
      },
    } as const;
    const stage = createStage({ schemas: { metric: schema } });
    const peer = await stage.connect();
    await stage.broadcaster.publish('metric', 21);
    await expect(stage.broadcaster.publish('metric', 'x')).rejects.toMatchObject({
      code: 'invalid-payload',
      message: 'The payload of `metric` does not fit its schema: payload: no number',
    });
    await stage.environment.settle();
    expect(peer.received).toEqual(['42']);
  });

  test('says log-unavailable, with the cause, where the log fails', async () => {
    const stage = createStage();
    const cause = new Error('disk full');
    stage.log.append = () => Promise.reject(cause);
    await expect(stage.broadcaster.publish('a', '1')).rejects.toMatchObject({
      code: 'log-unavailable',
      cause,
    });
  });
});

describe('hooks', () => {
  test('are told of each connection, publication and end once', async () => {
    const told: unknown[] = [];
    const stage = createStage({
      hooks: {
        onConnect: ({ id, eventsReceived }) => void told.push(['connect', id, eventsReceived]),
        onDisconnect: ({ id, eventsReceived }, reason) =>
          void told.push(['disconnect', id, eventsReceived, reason]),
        onPublish: (events, ids) => void told.push(['publish', events, ids]),
        onLive: ({ id, eventsReceived }, resume) => void told.push(['live', id, eventsReceived, resume]),
      },
    });
    const peer = await stage.connect();
    const ids = await stage.publish('a', '1', '2');
    peer.subscription.close('revoked');
    peer.subscription.close('expired');
    peer.sink.leave();
    await stage.environment.microtasks();
    const { id } = peer.subscription;
    expect(told).toEqual([
      ['connect', id, 0],
      ['live', id, 0, 'new'],
      [
        'publish',
        [
          { topic: 'a', data: '1' },
          { topic: 'a', data: '2' },
        ],
        ids,
      ],
      ['disconnect', id, 2, 'revoked'],
    ]);
  });

  test.each(['throws', 'rejects'])('one that %s changes nothing, and is reported to onError', async (how) => {
    const fail = (): never => {
      throw new Error('hook');
    };
    const hook = how === 'throws' ? fail : ((async () => fail()) as unknown as () => never);
    const errors: unknown[] = [];
    const stage = createStage({
      maxQueueSize: 1,
      hooks: {
        onConnect: hook,
        onDisconnect: hook,
        onPublish: hook,
        onGap: hook,
        onOverflow: hook,
        onError: (error, { during }) => {
          errors.push([String(error), during]);
          throw new Error('onError itself');
        },
      },
    });
    const peer = await stage.connect({ lastEventId: 'malformed' });
    const slow = await stage.connect({ sink: { reading: false, highWaterMark: 1 } });
    await stage.publish('a', '1', '2');
    expect(peer.received).toEqual(['1', '2']);
    expect(await slow.subscription.over).toBe('slow');
    await stage.environment.settle();
    // onConnect twice, onGap, onPublish, onOverflow, onDisconnect
    expect(errors).toEqual(Array.from({ length: 6 }, () => ['Error: hook', 'hook']));
    expect(await stage.broadcaster.stats()).toMatchObject({ errors: 6, published: 2 });
  });

  test('a stream that resumes is live once it has been given what it missed', async () => {
    const told: unknown[] = [];
    const onLive = ({ eventsReceived }: Client, resume: string): void =>
      void told.push([eventsReceived, resume]);
    const stage = createStage({ hooks: { onLive } });
    const [first = ''] = await stage.publish('a', '1', '2', '3');
    await stage.connect({ lastEventId: first });
    await stage.connect({ lastEventId: 'malformed' });
    const slow = await stage.connect({ lastEventId: first, sink: { reading: false, highWaterMark: 1 } });
    await stage.environment.settle();
    expect(told).toEqual([
      [2, 'resumed'],
      [0, 'reset'],
    ]);
    slow.sink.leave();
    await stage.environment.settle();
    expect(told).toHaveLength(2);
  });

  test('a client that is gone is told of no gap', async () => {
    class BrokenSink extends FakeSink {
      override write(): boolean {
        throw new Error('broken');
      }
    }
    const told: string[] = [];
    const stage = createStage({
      hooks: { onGap: () => void told.push('gap'), onDisconnect: () => void told.push('disconnect') },
    });
    await stage.connect({ sink: new BrokenSink(), lastEventId: 'malformed' });
    expect(told).toEqual(['disconnect']);
  });
});

describe('disconnect', () => {
  test('ends the streams that it is asked to, tells them why, and counts them', async () => {
    const stage = createStage();
    const alice = await stage.connect({ client: { user: 'alice' } });
    const bob = await stage.connect({ client: { user: 'bob' } });
    const [id] = await stage.publish('a', '1');
    expect(stage.broadcaster.disconnect(({ user }) => user === 'alice')).toBe(1);
    expect(alice.systems('closing')).toEqual([{ type: 'closing', reason: 'revoked', resume_from: id }]);
    expect([alice.sink.ended, bob.sink.ended]).toEqual([true, false]);
    expect(stage.broadcaster.disconnect(({ user }) => user === 'alice')).toBe(0);
    expect(stage.broadcaster.disconnect(() => true, 'expired')).toBe(1);
    expect(bob.systems('closing')).toMatchObject([{ reason: 'expired' }]);
    expect((await stage.broadcaster.stats()).disconnects).toMatchObject({ revoked: 1, expired: 1 });
  });

  test('with a predicate that throws ends nothing', async () => {
    const stage = createStage();
    await stage.connect();
    await stage.connect();
    let asked = 0;
    const predicate = (): boolean => {
      if (++asked === 2) throw new Error('predicate');
      return true;
    };
    expect(() => stage.broadcaster.disconnect(predicate)).toThrow('predicate');
    expect(stage.broadcaster.size).toBe(2);
  });
});

test('the counters say what happened', async () => {
  const stage = createStage();
  expect(stage.broadcaster.status).toBe('starting');
  const [first] = await stage.publish('a', '1');
  await stage.connect({ topics: ['a'], lastEventId: first });
  await stage.connect({ topics: ['a'] });
  await stage.connect({ topics: ['b'], lastEventId: 'other-1' });
  await stage.publish('a', '2', '3');
  expect(stage.broadcaster.status).toBe('running');
  expect(await stage.broadcaster.stats()).toMatchObject({
    status: 'running',
    published: 3,
    shown: 3,
    matched: 2,
    delivered: 4,
    replayed: 0,
    subscribers: 3,
    groups: 2,
    joining: 0,
    waiting: 0,
    windowSize: 3,
    log: { entries: 3 },
    gaps: { unknown: 1, evicted: 0 },
  });
});

test('a broadcaster without options works on the clock and the log of its own', async () => {
  const broadcaster = new Broadcaster();
  const sink = new FakeSink();
  const subscription = await broadcaster.subscribe({ open: () => sink });
  await broadcaster.publish('a', 'live');
  await expect.poll(() => sink.text).toContain('data: live\n\n');
  await broadcaster.close();
  expect(await subscription.over).toBe('shutdown');
  await expect(broadcaster.publish('a', 'late')).rejects.toMatchObject({ code: 'closed' });
});
