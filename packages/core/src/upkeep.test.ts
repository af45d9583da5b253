import { describe, expect, test } from 'vitest';
import { createStage, type Peer } from './testing/stage.ts';

const beats = (peer: Peer): number => peer.blocks.filter(({ event }) => event === 'heartbeat').length;
const comments = (peer: Peer): number => peer.blocks.filter(({ comment }) => comment !== undefined).length;

describe('the heartbeat', () => {
  test('is a comment for those who did not ask for the topic, and named for those who did', async () => {
    const stage = createStage({ heartbeatMs: 10_000 });
    const named = await stage.connect({ topics: ['metric', 'heartbeat'] });
    const all = await stage.connect();
    const quiet = await stage.connect({ topics: ['metric'] });
    const noRight = await stage.connect({ topics: ['heartbeat'], allowedTopics: ['metric'] });
    await stage.environment.advance(10_000);
    expect([named, all, quiet, noRight].map((peer) => [beats(peer), comments(peer)])).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
    expect(quiet.blocks.at(-1)).toEqual({ comment: 'heartbeat' });
    const { id, data } = named.blocks.at(-1) ?? {};
    expect(id).toBeUndefined();
    expect(JSON.parse(data ?? '')).toEqual({
      timestamp: expect.stringMatching(/^2026-01-01T00:00:(09|10)\.\d{3}Z$/),
      clients: 4,
    });
  });

  test('comes within what the client was told, again and again', async () => {
    const stage = createStage({ heartbeatMs: 10_000 });
    const peer = await stage.connect();
    let last = stage.environment.elapsed();
    let longest = 0;
    let seen = 0;
    for (let step = 0; step < 1_000; step++) {
      await stage.environment.advance(100);
      const writes = peer.sink.writes;
      if (writes === seen) continue;
      seen = writes;
      longest = Math.max(longest, stage.environment.elapsed() - last);
      last = stage.environment.elapsed();
    }
    expect(longest).toBeLessThanOrEqual(10_000);
    expect(beats(peer)).toBeGreaterThanOrEqual(10);
    expect(beats(peer)).toBeLessThanOrEqual(11);
  });

  test('measures silence towards the client: events that its filter keeps back do not put it off', async () => {
    const stage = createStage({ heartbeatMs: 10_000 });
    const busy = await stage.connect({ topics: ['a'] });
    const quiet = await stage.connect({ topics: ['b'] });
    for (let second = 0; second < 30; second++) {
      await stage.publish('a', 'x');
      await stage.environment.advance(1_000);
    }
    expect(comments(busy)).toBe(0);
    expect(comments(quiet)).toBe(3);
  });

  test('moves the cursor of a client whose filter let nothing through, and of nobody else', async () => {
    const stage = createStage({ heartbeatMs: 10_000 });
    const other = await stage.connect({ topics: ['b'] });
    const same = await stage.connect({ topics: ['a'] });
    const [id] = await stage.publish('a', 'x');
    await stage.environment.advance(10_500);
    expect(other.blocks.slice(-2)).toEqual([{ id }, { comment: 'heartbeat' }]);
    expect(same.blocks.slice(-2)).toEqual([{ id, event: 'data', data: 'x' }, { comment: 'heartbeat' }]);
    const blocks = other.blocks.length;
    await stage.environment.advance(10_500);
    expect(other.blocks.slice(blocks)).toEqual([{ comment: 'heartbeat' }]);
    expect(other.lastId).toBe(id);
  });

  test('so that a quiet client never falls out of the history, and is never told of a gap', async () => {
    const stage = createStage({ heartbeatMs: 1_000, windowSize: 5 });
    const peer = await stage.connect({ topics: ['rare'] });
    for (let second = 0; second < 300; second++) {
      await stage.publish('a', ...Array.from({ length: 10 }, () => 'x'));
      await stage.environment.advance(1_000);
    }
    peer.sink.leave();
    const again = await stage.connect({ topics: ['rare'], lastEventId: peer.lastId });
    expect(again.systems()).toMatchObject([{ type: 'connected', resume: 'resumed' }]);
  });

  test('is not sent to a client whose sink takes nothing', async () => {
    const stage = createStage({ heartbeatMs: 1_000 });
    const peer = await stage.connect({ sink: { highWaterMark: 1 } });
    peer.sink.stall();
    await stage.publish('a', 'x');
    const { writes } = peer.sink;
    await stage.environment.advance(20_000);
    expect(peer.sink.writes).toBe(writes);
  });

  test('that fills a sink makes its client wait, and loses nothing', async () => {
    const stage = createStage({ heartbeatMs: 1_000 });
    const peer = await stage.connect({ sink: { highWaterMark: 30 } });
    peer.sink.stall();
    await stage.environment.advance(1_500);
    expect(await stage.broadcaster.stats()).toMatchObject({ waiting: 1 });
    await stage.publish('a', '1', '2');
    peer.sink.flow();
    await stage.environment.settle();
    expect(peer.received).toEqual(['1', '2']);
  });

  test('can be sent now, to those who asked for the topic', async () => {
    const stage = createStage();
    const named = await stage.connect({ topics: ['heartbeat'] });
    const quiet = await stage.connect({ topics: ['metric'] });
    const [id] = await stage.publish('metric', 'x');
    stage.broadcaster.heartbeat();
    expect([beats(named), beats(quiet), comments(quiet)]).toEqual([1, 0, 0]);
    expect(named.lastId).toBe(id);
    stage.broadcaster.heartbeat(17);
    const told = named.blocks
      .filter(({ event }) => event === 'heartbeat')
      .map(({ data = '' }) => JSON.parse(data));
    expect(told).toMatchObject([{ clients: 2 }, { clients: 17 }]);
  });

  test('of all clients takes one timer, and none once nobody is there', async () => {
    const stage = createStage();
    for (let n = 0; n < 100; n++) await stage.connect();
    expect(stage.environment.pendingTimers).toBe(1);
    stage.broadcaster.disconnect(() => true);
    await stage.environment.advance(1_000);
    expect(stage.environment.pendingTimers).toBe(0);
  });
});

describe('the end of a stream', () => {
  test('comes when its rights end, by the wall clock, with `expired`', async () => {
    const stage = createStage();
    const peer = await stage.connect({ expiresAt: stage.environment.now() + 60_000 });
    await stage.environment.advance(59_900);
    expect(peer.sink.ended).toBe(false);
    await stage.environment.advance(1_000);
    expect(peer.systems('closing')).toMatchObject([{ reason: 'expired' }]);
    expect(await peer.subscription.over).toBe('expired');
  });

  test('comes no sooner for rights that end in a hundred years', async () => {
    const stage = createStage({ maxAgeMs: 0 });
    const peer = await stage.connect({ expiresAt: Date.UTC(2126, 0, 1) });
    await stage.environment.advance(100_000);
    expect(peer.sink.ended).toBe(false);
  });

  test('comes at its age, spread down by a fifth, so that not all come back at once', async () => {
    const stage = createStage({ maxAgeMs: 100_000 });
    const peers: Peer[] = [];
    for (let n = 0; n < 100; n++) peers.push(await stage.connect());
    await stage.environment.advance(79_500);
    expect(stage.broadcaster.size).toBe(100);
    await stage.environment.advance(10_500);
    expect(stage.broadcaster.size).toBeGreaterThan(25);
    expect(stage.broadcaster.size).toBeLessThan(75);
    await stage.environment.advance(11_000);
    expect(stage.broadcaster.size).toBe(0);
    for (const peer of peers) expect(peer.systems('closing')).toMatchObject([{ reason: 'max_age' }]);
  });

  test('never comes by age where that is 0', async () => {
    const stage = createStage({ maxAgeMs: 0, heartbeatMs: 1e9, stallTimeoutMs: 1e9, lingerMs: 1e9 });
    await stage.connect();
    await stage.environment.advance(1_000_000);
    expect(stage.broadcaster.size).toBe(1);
  });

  test('waits for the peer to take what it was given, and cuts one that does not in time', async () => {
    const stage = createStage({ lingerMs: 3_000 });
    const peers = [await stage.connect(), await stage.connect(), await stage.connect()];
    const [reading, late, stuck] = peers;
    late?.sink.stall();
    stuck?.sink.stall();
    stage.broadcaster.disconnect(() => true);
    expect(peers.map(({ sink }) => sink.signal.aborted)).toEqual([true, false, false]);
    expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 0, leaving: 2 });
    await stage.environment.advance(2_900);
    late?.sink.flow();
    expect(late?.systems('closing')).toHaveLength(1);
    await stage.environment.advance(500);
    expect(peers.map(({ sink }) => sink.destroyed)).toEqual([false, false, true]);
    expect(reading?.systems('closing')).toHaveLength(1);
    expect(await stage.broadcaster.stats()).toMatchObject({ leaving: 0, cut: 1 });
    await stage.environment.advance(1_000);
    expect(stage.environment.pendingTimers).toBe(0);
  });
});
