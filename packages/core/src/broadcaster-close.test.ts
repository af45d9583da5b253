import { expect, test } from 'vitest';
import { MemoryEventLog } from './memory-event-log.ts';
import { FakeSink } from './testing/fake-sink.ts';
import { createStage, type Peer, Stage } from './testing/stage.ts';
import { VirtualEnvironment } from './testing/virtual-environment.ts';

async function peersOf(stage: Stage, count: number): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (let n = 0; n < count; n++) peers.push(await stage.connect());
  return peers;
}

test('close tells every stream why, where to resume, and when to come back', async () => {
  const stage = createStage({ retryMs: 1_000 });
  const [first, second] = await peersOf(stage, 2);
  const [id] = await stage.publish('a', '1');
  await stage.broadcaster.close();
  for (const peer of [first, second]) {
    expect(peer?.systems('closing')).toEqual([{ type: 'closing', reason: 'shutdown', resume_from: id }]);
    expect(Number(peer?.blocks.at(-2)?.retry)).toBeGreaterThanOrEqual(800);
    expect(Number(peer?.blocks.at(-2)?.retry)).toBeLessThanOrEqual(1_200);
    expect(peer?.sink.ended).toBe(true);
  }
  expect(stage.broadcaster.status).toBe('closed');
  await stage.environment.advance(1_000);
  expect(stage.environment.pendingTimers).toBe(0);
});

test('close spreads the ends evenly, so that the reconnects come as a trickle', async () => {
  const stage = createStage();
  const peers = await peersOf(stage, 10);
  const closed = stage.broadcaster.close({ overMs: 1_000 });
  expect(stage.broadcaster.status).toBe('closing');
  const ended: number[] = [];
  for (let second = 0; second < 10; second++) {
    await stage.environment.settle();
    ended.push(peers.filter(({ sink }) => sink.ended).length);
    await stage.environment.advance(100);
  }
  expect(ended).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await stage.environment.advance(100);
  await closed;
});

test('while it closes, subscribe is refused, what is published arrives, and streams that wait stay open', async () => {
  const stage = createStage();
  const peers = await peersOf(stage, 2);
  const closed = stage.broadcaster.close({ overMs: 1_000 });
  const sink = new FakeSink();
  await expect(stage.connect({ sink })).rejects.toMatchObject({ code: 'closed' });
  expect(sink.writes).toBe(0);
  await stage.publish('a', 'late');
  expect(peers.map(({ received }) => received)).toEqual([[], ['late']]);
  await stage.environment.advance(2_000);
  await closed;
  await expect(stage.broadcaster.publish('a', 'too late')).rejects.toMatchObject({ code: 'closed' });
});

test('a second close returns the promise of the first', async () => {
  const stage = createStage();
  const first = stage.broadcaster.close({ overMs: 50 });
  expect(stage.broadcaster.close()).toBe(first);
  await stage.environment.advance(1_000);
  await first;
  expect(stage.broadcaster.close()).toBe(first);
});

test('a hook that closes the broadcaster again, while it closes, gets that same promise', async () => {
  const closings: Promise<void>[] = [];
  const statuses: string[] = [];
  const stage: Stage = createStage({
    hooks: {
      onDisconnect: () => {
        statuses.push(stage.broadcaster.status);
        closings.push(stage.broadcaster.close());
      },
    },
  });
  await peersOf(stage, 2);
  const closed = stage.broadcaster.close();
  await stage.environment.advance(1_000);
  await closed;
  expect(statuses).toEqual(['closing', 'closing']);
  expect(new Set(closings)).toEqual(new Set([closed]));
});

test('a stream that does not leave is cut after its time, and only then is the broadcaster closed', async () => {
  const stage = createStage({ lingerMs: 2_000 });
  const stuck = await stage.connect();
  stuck.sink.stall();
  const slow = await stage.connect();
  slow.sink.stall();
  let closed = false;
  const closing = stage.broadcaster.close().then(() => {
    closed = true;
  });
  await stage.environment.advance(1_000);
  expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 0, leaving: 2 });
  slow.sink.flow();
  expect(slow.systems('closing')).toHaveLength(1);
  await stage.environment.advance(900);
  expect([stuck.sink.destroyed, closed]).toEqual([false, false]);
  await stage.environment.advance(1_300);
  expect([stuck.sink.destroyed, slow.sink.destroyed, closed]).toEqual([true, false, true]);
  expect(await stage.broadcaster.stats()).toMatchObject({ cut: 1, leaving: 0 });
  expect(stage.environment.pendingTimers).toBe(0);
  await closing;
});

test('a response that is still being opened gets its stream, and its end', async () => {
  const stage = createStage();
  const sink = new FakeSink();
  let answer: (() => void) | undefined;
  const opened = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const subscribing = stage.broadcaster.subscribe({ open: () => opened.then(() => sink) });
  await stage.environment.settle();
  const closed = stage.broadcaster.close();
  await stage.environment.advance(100);
  answer?.();
  await stage.environment.advance(100);
  const subscription = await subscribing;
  expect(await subscription.over).toBe('shutdown');
  expect(sink.text).toContain('"type":"closing"');
  await closed;
});

test('what was held for the end of the turn arrives before the end of the stream', async () => {
  const stage = createStage();
  const peer = await stage.connect();
  const [id] = await stage.broadcaster.publish('a', 'last');
  await stage.environment.microtasks();
  await stage.broadcaster.close();
  expect(peer.received).toEqual(['last']);
  expect(peer.systems('closing')).toMatchObject([{ resume_from: id }]);
});

test('a log of its own is closed with it; one that was given stays open', async () => {
  const stage = createStage();
  await stage.publish('a', '1');
  await stage.broadcaster.close();
  expect(await stage.log.stats()).toMatchObject({ entries: 1 });
  expect(await stage.broadcaster.stats()).toMatchObject({ status: 'closed' });
});

test('closing stops following the log, and leaves no timer, even while the tail is down', async () => {
  const environment = new VirtualEnvironment();
  const log = new MemoryEventLog({ environment });
  const signals: AbortSignal[] = [];
  log.tail = (signal) => {
    signals.push(signal);
    throw new Error('down');
  };
  const stage = new Stage(environment, log);
  await environment.settle();
  await stage.broadcaster.close();
  await environment.advance(10_000);
  expect(signals).toHaveLength(1);
  expect(signals[0]?.aborted).toBe(true);
  expect(environment.pendingTimers).toBe(0);
});
