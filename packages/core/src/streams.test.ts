import { describe, expect, test } from 'vitest';
import { FakeSink } from './testing/fake-sink.ts';
import { createStage, numbers } from './testing/stage.ts';

describe('a stream begins', () => {
  test('with a retry and `connected`, in one write, and with the id to come back with', async () => {
    const stage = createStage();
    const [id] = await stage.publish('a', 'before');
    const peer = await stage.connect({ topics: ['metric', 'alert'] });
    expect(peer.sink.writes).toBe(1);
    expect(peer.sink.text).toMatch(
      /^retry: \d+\n\nid: [^\n]+\nevent: system\ndata: \{"type":"connected",[^\n]+\}\n\n$/,
    );
    expect(peer.lastId).toBe(id);
    expect(peer.systems()).toEqual([
      {
        type: 'connected',
        client_id: peer.subscription.id,
        topics: ['metric', 'alert'],
        resume: 'new',
        heartbeat_ms: 30_000,
        newest: id,
      },
    ]);
  });

  test('with the time that its rights last, where they end, so that it can renew them before', async () => {
    const stage = createStage();
    const peer = await stage.connect({ expiresAt: stage.environment.now() + 60_000 });
    expect(peer.systems()).toMatchObject([{ type: 'connected', expires_in_ms: 60_000 }]);
  });

  test('with an id even where nothing was ever published, so that a reconnect misses nothing', async () => {
    const stage = createStage();
    const peer = await stage.connect();
    expect(peer.lastId).toMatch(/^[0-9a-z]{8}-0$/);
    peer.sink.leave();
    await stage.publish('a', 'missed');
    const again = await stage.connect({ lastEventId: peer.lastId });
    expect(again.received).toEqual(['missed']);
    expect(again.systems()).toMatchObject([{ type: 'connected', resume: 'resumed' }]);
  });

  test('with a retry of its own, within a fifth of the configured one to either side', async () => {
    const stage = createStage({ retryMs: 1_000 });
    const retries: number[] = [];
    for (let n = 0; n < 200; n++) retries.push(Number((await stage.connect()).blocks[0]?.retry));
    expect(Math.min(...retries)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...retries)).toBeLessThanOrEqual(1_200);
    expect(new Set(retries).size).toBeGreaterThan(100);
  });

  test('with the heartbeat that is configured, and all topics where none were asked for', async () => {
    const peer = await createStage({ heartbeatMs: 250 }).connect();
    expect(peer.systems()).toMatchObject([{ topics: ['**'], heartbeat_ms: 250 }]);
  });
});

describe('clients', () => {
  test('are shown as they said they are, the oldest first, with defaults for what they did not say', async () => {
    const stage = createStage();
    const first = await stage.connect();
    await stage.environment.advance(1_500);
    const second = await stage.connect({
      topics: ['metric'],
      client: {
        name: 'wall',
        tags: ['hall', 'hall', 'east'],
        remoteAddress: '::1',
        userAgent: 'curl',
        user: 'alice',
      },
    });
    const startedAt = Date.UTC(2026, 0, 1);
    expect(stage.broadcaster.clients()).toEqual([
      {
        id: first.subscription.id,
        name: 'anonymous',
        tags: [],
        topics: ['**'],
        connectedAt: startedAt,
        eventsReceived: 0,
        queueSize: 0,
        queueBytes: 0,
      },
      {
        id: second.subscription.id,
        name: 'wall',
        tags: ['hall', 'east'],
        topics: ['metric'],
        connectedAt: startedAt + 1_500,
        eventsReceived: 0,
        queueSize: 0,
        queueBytes: 0,
        remoteAddress: '::1',
        userAgent: 'curl',
        user: 'alice',
      },
    ]);
    expect(second.client).toEqual(stage.broadcaster.clients()[1]);
  });

  test('have ids of their own, 16 characters each', async () => {
    const stage = createStage();
    const ids = new Set<string>();
    for (let n = 0; n < 50; n++) ids.add((await stage.connect()).subscription.id);
    expect(ids.size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{16}$/);
  });

  test('can be shown in pages', async () => {
    const stage = createStage();
    for (const name of ['a', 'b', 'c']) await stage.connect({ client: { name } });
    const names = (page?: { offset?: number; limit?: number }): string[] =>
      stage.broadcaster.clients(page).map(({ name }) => name);
    expect(names({ offset: 1 })).toEqual(['b', 'c']);
    expect(names({ limit: 2 })).toEqual(['a', 'b']);
    expect(names({ offset: 1, limit: 1 })).toEqual(['b']);
    expect(names({ offset: 3 })).toEqual([]);
    expect(names({ limit: 0 })).toEqual([]);
  });

  test('count the events that they were given, of their topics, live and replayed', async () => {
    const stage = createStage();
    const [id] = await stage.publish('metric', 'before');
    const all = await stage.connect();
    const some = await stage.connect({ topics: ['metric'], lastEventId: id });
    await stage.publish('metric', '1', '2');
    await stage.publish('alert', '3');
    const back = await stage.connect({ lastEventId: id });
    expect([all, some, back].map(({ client }) => client.eventsReceived)).toEqual([3, 2, 3]);
  });

  test('keep what they received, and their name, after the end', async () => {
    const stage = createStage();
    const peer = await stage.connect({ client: { name: 'wall' } });
    await stage.publish('a', ...numbers(3));
    peer.sink.leave();
    await stage.publish('a', '4');
    expect(peer.client).toMatchObject({ name: 'wall', eventsReceived: 3, queueSize: 0 });
    expect(stage.broadcaster.clients()).toEqual([]);
  });
});

describe('registration', () => {
  test('a peer that leaves is forgotten at once, with its group and its timer', async () => {
    const stage = createStage();
    const peers = [
      await stage.connect(),
      await stage.connect({ topics: ['a'] }),
      await stage.connect({ topics: ['a'] }),
    ];
    expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 3, groups: 2 });
    for (const [index, peer] of peers.entries()) {
      peer.sink.leave();
      expect(stage.broadcaster.size).toBe(2 - index);
    }
    expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 0, groups: 0, leaving: 0 });
    await stage.environment.advance(5_000);
    expect(stage.environment.pendingTimers).toBe(0);
    expect(await Promise.all(peers.map(({ subscription }) => subscription.over))).toEqual([
      'gone',
      'gone',
      'gone',
    ]);
  });

  test('more than there are places are refused, and a place that becomes free is given again', async () => {
    const stage = createStage({ maxSubscribers: 2 });
    const first = await stage.connect();
    await stage.connect();
    const sink = new FakeSink();
    await expect(stage.connect({ sink })).rejects.toMatchObject({
      code: 'too-many-subscribers',
      message: 'Expected at most 2 subscribers, got 3',
    });
    expect(sink.writes).toBe(0);
    first.sink.leave();
    await stage.connect();
    expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 2, refused: 1 });
  });

  test('places are kept while responses are being opened, so that a rush does not take too many', async () => {
    const { broadcaster } = createStage({ maxSubscribers: 3 });
    const rush = Array.from({ length: 10 }, () =>
      broadcaster.subscribe({ open: async () => new FakeSink() }),
    );
    const outcomes = await Promise.allSettled(rush);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(broadcaster.size).toBe(3);
  });
});
