import { describe, expect, test } from 'vitest';
import type { EventId, EventLog, LogPage, LogStats, NewEvent, TailBatch } from './event-log.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { FakeSink } from './testing/fake-sink.ts';
import { numbers, Stage } from './testing/stage.ts';
import { VirtualEnvironment } from './testing/virtual-environment.ts';

/** A log whose store can be lost and come back: with all its entries, or with none. */
class FragileLog implements EventLog {
  down = false;
  opened = 0;
  private store: MemoryEventLog;
  private readonly tails = new Set<AbortController>();

  constructor(
    private readonly environment: VirtualEnvironment,
    private readonly maxEntries = 1_000,
  ) {
    this.store = this.createStore();
  }

  breakTails(): void {
    this.down = true;
    for (const tail of this.tails) tail.abort();
  }

  loseEverything(): void {
    this.breakTails();
    this.store = this.createStore();
  }

  async *tail(signal: AbortSignal): AsyncIterable<TailBatch> {
    this.opened++;
    if (this.down) throw new Error('The store is down');
    const broken = new AbortController();
    this.tails.add(broken);
    signal.addEventListener('abort', () => broken.abort(), { once: true });
    yield* this.store.tail(broken.signal);
    this.tails.delete(broken);
    if (!signal.aborted) throw new Error('The connection was lost');
  }

  append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    return this.store.append(events);
  }

  read(after: EventId, limit: number): Promise<LogPage> {
    return this.store.read(after, limit);
  }

  compare(a: EventId, b: EventId): number {
    return this.store.compare(a, b);
  }

  parseId(text: string): EventId | undefined {
    return this.store.parseId(text);
  }

  stats(): Promise<LogStats> {
    return this.store.stats();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private createStore(): MemoryEventLog {
    return new MemoryEventLog({ environment: this.environment, maxEntries: this.maxEntries });
  }
}

async function fragileStage(maxEntries?: number) {
  const environment = new VirtualEnvironment();
  const log = new FragileLog(environment, maxEntries);
  const stage = new Stage(environment, log, { replayPageSize: 10 });
  await environment.settle();
  const recover = async (): Promise<void> => {
    log.down = false;
    await environment.advance(10_000);
  };
  return { environment, log, stage, recover };
}

describe('a tail that breaks', () => {
  test('is opened again, and nothing is lost or doubled, however much came meanwhile', async () => {
    for (const missed of [0, 1, 9, 10, 11, 35]) {
      const { log, stage, recover } = await fragileStage();
      const peer = await stage.connect();
      await stage.publish('a', 'before');
      log.breakTails();
      await stage.publish('a', ...numbers(missed));
      expect(stage.broadcaster.status).toBe('log_unavailable');
      expect(peer.received).toEqual(['before']);
      await recover();
      await stage.publish('a', 'after');
      expect(peer.received).toEqual(['before', ...numbers(missed), 'after']);
      expect(stage.broadcaster.status).toBe('running');
      expect(peer.systems('gap')).toEqual([]);
    }
  });

  test('is tried again after ever longer waits, spread by a half, up to 5 s', async () => {
    const { environment, log, stage } = await fragileStage();
    log.breakTails();
    const times: number[] = [];
    for (let opened = log.opened, tick = 0; tick < 6_000; tick++) {
      await environment.advance(10);
      if (log.opened === opened) continue;
      opened = log.opened;
      times.push(environment.elapsed());
    }
    const waits = times.map((time, index) => time - (times[index - 1] ?? 0));
    waits.forEach((wait, index) => {
      const expected = Math.min(100 * 2 ** index, 5_000);
      expect(wait).toBeGreaterThanOrEqual(expected * 0.5 - 10);
      expect(wait).toBeLessThanOrEqual(expected * 1.5 + 10);
    });
    expect(waits.length).toBeGreaterThan(10);
    expect(stage.errors.length).toBe(waits.length + 1);
    expect(stage.errors.every(({ during }) => during === 'tail')).toBe(true);
  });

  test('that worked again in between is tried again soon', async () => {
    const { environment, log, recover } = await fragileStage();
    for (let round = 0; round < 8; round++) {
      log.breakTails();
      await environment.settle();
      await recover();
    }
    const { opened } = log;
    log.breakTails();
    log.down = false;
    await environment.advance(160);
    expect(log.opened).toBe(opened + 1);
  });

  test('refuses new streams until it is open again, without opening their responses', async () => {
    const { environment, log, stage, recover } = await fragileStage();
    log.breakTails();
    await environment.settle();
    const sink = new FakeSink();
    let outcome: unknown;
    const refused = stage.broadcaster.subscribe({ open: () => sink }).catch((error: unknown) => {
      outcome = error;
    });
    await environment.advance(4_900);
    expect(outcome).toBeUndefined();
    await environment.advance(200);
    await refused;
    expect(outcome).toMatchObject({ code: 'log-unavailable' });
    expect(sink.writes).toBe(0);
    expect(stage.broadcaster.size).toBe(0);
    const waiting = stage.broadcaster.subscribe({ open: () => sink });
    await recover();
    await waiting;
    expect(stage.broadcaster.size).toBe(1);
  });

  test('keeps the streams there are alive', async () => {
    const { environment, log, stage } = await fragileStage();
    const peer = await stage.connect();
    log.breakTails();
    await environment.advance(120_000);
    expect(peer.sink.ended).toBe(false);
    expect(peer.blocks.filter(({ event }) => event === 'heartbeat').length).toBeGreaterThanOrEqual(3);
  });
});

describe('a log that lost its data', () => {
  test('makes exactly one gap (trimmed) for each client, also for those that were waiting', async () => {
    const { log, stage, recover } = await fragileStage();
    const peer = await stage.connect();
    const quiet = await stage.connect({ topics: ['nothing'] });
    const slow = await stage.connect({ sink: { highWaterMark: 1 } });
    slow.sink.stall();
    const ids = await stage.publish('a', ...numbers(3));
    await stage.publish('a', 'queued');
    const [lastId] = await stage.publish('a', 'last');
    log.loseEverything();
    const [position] = await stage.publish('a', ...numbers(25).map((n) => `new ${n}`));
    await recover();
    await stage.publish('a', 'live');
    slow.sink.flow();
    await stage.environment.settle();
    for (const { systems } of [peer, quiet, slow].map((each) => ({ systems: each.systems('gap') })))
      expect(systems).toMatchObject([{ reason: 'trimmed', requested: lastId, oldest: position }]);
    const everything = [...numbers(3), 'queued', 'last', ...numbers(25).map((n) => `new ${n}`), 'live'];
    expect(peer.received).toEqual(everything);
    expect(slow.received).toEqual(everything);
    expect(quiet.received).toEqual([]);
    expect(ids).toHaveLength(3);
  });

  test('and is empty moves every cursor, so that the gap is told once only', async () => {
    const { log, stage, recover } = await fragileStage();
    const peer = await stage.connect();
    await stage.publish('a', '1');
    log.loseEverything();
    await recover();
    expect(peer.systems('gap')).toMatchObject([{ reason: 'trimmed', oldest: null }]);
    peer.sink.leave();
    const again = await stage.connect({ lastEventId: peer.lastId });
    expect(again.systems()).toMatchObject([{ type: 'connected', resume: 'resumed' }]);
    await stage.publish('a', '2');
    expect(again.received).toEqual(['2']);
  });

  test('by trimming only, while the tail was down, goes on with what is left', async () => {
    const { log, stage, recover } = await fragileStage(20);
    const peer = await stage.connect();
    await stage.publish('a', 'before');
    log.breakTails();
    await stage.publish('a', ...numbers(50));
    await recover();
    await stage.publish('a', 'live');
    expect(peer.received).toEqual(['before', ...numbers(20, 31), 'live']);
    expect(peer.systems('gap')).toMatchObject([{ reason: 'trimmed' }]);
  });
});

test('a broadcaster whose log never answers stays `starting`, and refuses streams after its time', async () => {
  const environment = new VirtualEnvironment();
  const log = new MemoryEventLog({ environment });
  log.tail = () => ({
    [Symbol.asyncIterator]: (): AsyncIterator<TailBatch> => ({
      next: () => new Promise(() => undefined),
    }),
  });
  const stage = new Stage(environment, log, { logTimeoutMs: 1_000 });
  const outcome = stage.connect().catch((error: unknown) => error);
  await environment.advance(1_000);
  expect(await outcome).toMatchObject({ code: 'log-unavailable' });
  expect(await stage.broadcaster.stats()).toMatchObject({
    status: 'starting',
    subscribers: 0,
    windowSize: 0,
  });
  expect(environment.pendingTimers).toBe(0);
});
