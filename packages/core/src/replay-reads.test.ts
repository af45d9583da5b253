import { describe, expect, test } from 'vitest';
import type { BroadcasterOptions } from './broadcaster-options.ts';
import type { LogPage } from './event-log.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { FakeSink } from './testing/fake-sink.ts';
import { numbers, Stage } from './testing/stage.ts';
import { VirtualEnvironment } from './testing/virtual-environment.ts';

/** A log whose reads the test lets through, or lets fail, one by one. */
class SlowReads extends MemoryEventLog {
  readonly asked: string[] = [];
  held = true;
  private readonly waiting: { resolve(): void; reject(error: Error): void }[] = [];

  override async read(after: string, limit: number): Promise<LogPage> {
    this.asked.push(after);
    if (this.held)
      await new Promise<void>((resolve, reject) => {
        this.waiting.push({ resolve, reject });
      });
    return super.read(after, limit);
  }

  get underWay(): number {
    return this.waiting.length;
  }

  answerOne(): void {
    this.waiting.shift()?.resolve();
  }

  failOne(): void {
    this.waiting.shift()?.reject(new Error('read failed'));
  }
}

async function stageWith(count: number, options: BroadcasterOptions = {}) {
  const environment = new VirtualEnvironment();
  const log = new SlowReads({ environment });
  const stage = new Stage(environment, log, { windowSize: 2, replayPageSize: 5, ...options });
  await environment.settle();
  const ids = await stage.publish('a', ...numbers(count));
  /** Subscribes without waiting for the outcome. */
  const begin = (lastEventId: string | undefined) => {
    const sink = new FakeSink();
    return { sink, subscribing: stage.broadcaster.subscribe({ lastEventId, open: () => sink }) };
  };
  return { stage, log, ids, begin, environment };
}

const dataOf = (sink: FakeSink): string[] =>
  [...sink.text.matchAll(/^event: data\ndata: (.*)$/gm)].map((match) => match[1] ?? '');

test('readers that ask for the same page at the same time share one read', async () => {
  const { stage, log, ids, begin, environment } = await stageWith(20);
  const peers = Array.from({ length: 50 }, () => begin(ids[9]));
  await environment.settle();
  expect(log.asked).toEqual([ids[9]]);
  log.held = false;
  log.answerOne();
  await Promise.all(peers.map(({ subscribing }) => subscribing));
  await environment.settle();
  for (const { sink } of peers) expect(dataOf(sink)).toEqual(numbers(10, 11));
  expect(log.asked).toEqual([ids[9], ids[14]]);
  expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 50, pendingReads: 0, replayed: 500 });
});

test('so many reads run at once, and not one more; the rest wait their turn', async () => {
  const { stage, log, ids, begin, environment } = await stageWith(20, { maxReplayReads: 3 });
  const peers = ids.slice(0, 10).map(begin);
  await environment.settle();
  expect(log.underWay).toBe(3);
  expect(await stage.broadcaster.stats()).toMatchObject({ pendingReads: 10 });
  for (let answered = 0; answered < 100 && log.asked.length < 25; answered++) {
    log.answerOne();
    await environment.settle();
    expect(log.underWay).toBeLessThanOrEqual(3);
  }
  log.held = false;
  while (log.underWay > 0) log.answerOne();
  await Promise.all(peers.map(({ subscribing }) => subscribing));
  await environment.settle();
  peers.forEach(({ sink }, index) => {
    expect(dataOf(sink)).toEqual(numbers(19 - index, index + 2));
  });
  expect(await stage.broadcaster.stats()).toMatchObject({ pendingReads: 0 });
});

test('a read that fails before the stream is open is a log-unavailable, and nothing is opened', async () => {
  const { stage, log, ids, begin, environment } = await stageWith(20, { maxReplayReads: 1 });
  const peers = [begin(ids[9]), begin(ids[9]), begin(ids[5])];
  const outcomes = Promise.allSettled(peers.map(({ subscribing }) => subscribing));
  await environment.settle();
  log.failOne();
  await environment.settle();
  log.answerOne();
  log.held = false;
  await environment.settle();
  expect(await outcomes).toMatchObject([
    { reason: { code: 'log-unavailable', cause: { message: 'read failed' } } },
    { reason: { code: 'log-unavailable' } },
    { status: 'fulfilled' },
  ]);
  expect(peers.map(({ sink }) => sink.writes === 0)).toEqual([true, true, false]);
  expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 1, pendingReads: 0 });
});

test('a read that fails in the middle of a replay is tried again, and nothing is lost or doubled', async () => {
  const { stage, log, ids, begin, environment } = await stageWith(20);
  const { sink, subscribing } = begin(ids[4]);
  await environment.settle();
  log.answerOne();
  await subscribing;
  await environment.settle();
  for (let failure = 0; failure < 3; failure++) {
    log.failOne();
    await environment.settle();
    await environment.advance(1_500);
  }
  log.held = false;
  log.answerOne();
  await environment.advance(1_500);
  expect(dataOf(sink)).toEqual(numbers(15, 6));
  expect(stage.errors.map(({ error, during }) => [String(error), during])).toEqual(
    Array.from({ length: 3 }, () => ['Error: read failed', 'replay']),
  );
  sink.leave();
  await environment.advance(5_000);
  expect(environment.pendingTimers).toBe(0);
});

test('a peer that leaves while its read is tried again ends the trying', async () => {
  const { stage, log, ids, begin, environment } = await stageWith(20);
  const { sink, subscribing } = begin(ids[4]);
  await environment.settle();
  log.answerOne();
  await subscribing;
  await environment.settle();
  log.failOne();
  await environment.settle();
  sink.leave();
  const asked = log.asked.length;
  await environment.advance(60_000);
  expect(log.asked).toHaveLength(asked);
  expect(environment.pendingTimers).toBe(0);
  expect(await stage.broadcaster.stats()).toMatchObject({ subscribers: 0, groups: 0, pendingReads: 0 });
});

describe('a page that is old by the time it is used', () => {
  /** A peer that comes back with the id of an event that was published but not shown yet, over a slow response. */
  async function early() {
    const { stage, log, environment } = await stageWith(1);
    log.held = false;
    const [id] = await stage.broadcaster.publish('a', 'known');
    const sink = new FakeSink();
    let answer: (() => void) | undefined;
    const opened = new Promise<FakeSink>((resolve) => {
      answer = () => resolve(sink);
    });
    const subscribing = stage.broadcaster.subscribe({ lastEventId: id, open: () => opened });
    await environment.microtasks();
    const arrive = async (): Promise<void> => {
      answer?.();
      await subscribing;
      await environment.settle();
    };
    return { stage, sink, arrive };
  }

  test('makes no hole: what was shown since is sent', async () => {
    const { stage, sink, arrive } = await early();
    await stage.publishEach('a', ['2', '3', '4', '5']);
    await arrive();
    await stage.publish('a', '6');
    expect(dataOf(sink)).toEqual(['2', '3', '4', '5', '6']);
  });

  test('makes no repeat: an event that the peer had already is not sent again', async () => {
    const { stage, sink, arrive } = await early();
    await arrive();
    await stage.publish('a', '2');
    expect(dataOf(sink)).toEqual(['2']);
  });
});

test('a peer that another server has shown more than this one knows waits for the tail, and gets the rest once', async () => {
  const environment = new VirtualEnvironment();
  const log = new MemoryEventLog({ environment });
  let release: (() => void) | undefined;
  let gate: Promise<void> | undefined;
  const { tail } = log;
  log.tail = async function* late(signal) {
    for await (const batch of tail.call(log, signal)) {
      await gate;
      yield batch;
    }
  };
  const stage = new Stage(environment, log);
  await environment.settle();
  gate = new Promise((resolve) => {
    release = resolve;
  });
  const ids = await stage.publish('a', ...numbers(3));
  const peer = await stage.connect({ lastEventId: ids[1] });
  expect(peer.received).toEqual([]);
  expect(peer.systems()).toMatchObject([{ type: 'connected', resume: 'resumed' }]);
  release?.();
  await environment.settle();
  await stage.publish('a', '4');
  expect(peer.received).toEqual(['3', '4']);
  expect(peer.systems('gap')).toEqual([]);
});
