import type { EventId, EventLog, NewEvent } from '@sse/core';
import { seededRandom } from '@sse/core/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { LmdbEventLog } from '../src/index.ts';
import { idsOf } from './follow.ts';
import { temporaryDatabase } from './temporary-database.ts';

const SEED = Number(process.env['SEED'] ?? 20_260_101);
const RUNS = process.env['LONG'] === undefined ? 4 : 100;
const TEXTS = ['', 'x', 'ünïcode 🙂', 'two\nlines', '"quoted"', '\u0000', 'y'.repeat(300)];

/** What a log is, in the simplest words. */
class Model {
  readonly entries: { readonly id: EventId; readonly event: NewEvent }[] = [];
  evictedThrough = 0;

  /** The ids that an append should answer, given the numbers that new entries get. */
  append(events: readonly NewEvent[], idOf: (seq: number) => EventId): EventId[] {
    return events.map((event) => {
      const first = this.entries
        .slice(this.evictedThrough)
        .find(
          (entry) =>
            event.idempotencyKey !== undefined && entry.event.idempotencyKey === event.idempotencyKey,
        );
      if (first !== undefined) return first.id;
      const id = idOf(this.entries.length + 1);
      this.entries.push({ id, event });
      return id;
    });
  }
}

class Run {
  readonly random: () => number;
  readonly model = new Model();
  readonly path = temporaryDatabase();
  maxEntries = 30;
  log = this.open();
  peer = this.open();
  epoch = '';

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  open(): LmdbEventLog {
    return new LmdbEventLog({ path: this.path, durability: 'os', maxEntries: this.maxEntries });
  }

  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.between(0, values.length - 1)] as Value;
  }

  event(): NewEvent {
    const [event, key, idempotencyKey] = [this.pick(TEXTS), this.pick(TEXTS), `key ${this.between(0, 40)}`];
    return {
      topic: this.pick(['a', 'a.b', 'ä']),
      data: this.pick(TEXTS),
      ...(this.random() < 0.3 ? { event } : {}),
      ...(this.random() < 0.3 ? { key } : {}),
      ...(this.random() < 0.4 ? { idempotencyKey } : {}),
    };
  }

  async step(): Promise<void> {
    const log = this.pick([this.log, this.peer]);
    const roll = this.random();
    if (roll < 0.5) await this.append(log);
    else if (roll < 0.85) await this.read(log);
    else if (roll < 0.93) await this.prune(log);
    else await this.reopen();
    await this.look(this.log);
  }

  async append(log: EventLog): Promise<void> {
    const events = Array.from({ length: this.between(0, 6) }, () => this.event());
    const ids = await log.append(events);
    this.epoch ||= ids[0]?.split('-')[0] ?? '';
    expect(ids).toEqual(this.model.append(events, (seq) => `${this.epoch}-${seq}`));
  }

  async read(log: EventLog): Promise<void> {
    const { entries, evictedThrough } = this.model;
    const newest = entries.length;
    const seq = this.between(0, newest + 2);
    const epoch = this.random() < 0.1 ? 'foreign' : this.epoch || 'none';
    const limit = this.between(1, 12);
    const page = await log.read(`${epoch}-${seq}`, limit);
    const isProven = epoch === this.epoch && seq >= evictedThrough && seq <= newest;
    const from = isProven ? seq : evictedThrough;
    const expected = entries.slice(from, from + limit);
    expect([page.kind, idsOf(page.entries)]).toEqual([
      isProven ? 'page' : 'gap',
      expected.map(({ id }) => id),
    ]);
    expect(page.entries.map(({ id: _, time: __, ...event }) => event)).toEqual(
      expected.map(({ event }) => event),
    );
    if (page.kind === 'page') return;
    expect(page.oldest).toBe(expected[0]?.id);
    expect(page.reason).toBe(epoch === this.epoch && seq < evictedThrough ? 'evicted' : 'unknown');
  }

  async reopen(): Promise<void> {
    await this.log.close();
    if (this.random() < 0.5) await this.peer.close();
    this.maxEntries = this.between(1, 60);
    this.log = this.open();
    await this.peer.close();
    this.peer = this.open();
  }

  async prune(log: LmdbEventLog): Promise<void> {
    await log.prune();
    const { entries, evictedThrough } = this.model;
    this.model.evictedThrough = Math.max(evictedThrough, entries.length - this.maxEntries);
  }

  async look(log: EventLog): Promise<void> {
    const { entries, evictedThrough } = this.model;
    const held = entries.slice(evictedThrough);
    const stats = await log.stats();
    expect([stats.entries, stats.oldest, stats.newest]).toEqual([held.length, held[0]?.id, held.at(-1)?.id]);
    expect(stats.bytes > 0).toBe(held.length > 0);
  }
}

// Nothing is dropped but when the run says so.
beforeAll(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] }));
afterAll(() => void vi.useRealTimers());

test.each(Array.from({ length: RUNS }, (_, run) => SEED + run))(
  'whatever is done to a log, it answers as a simple model does (seed %i)',
  async (seed) => {
    const run = new Run(seed);
    for (let step = 0; step < 150; step++) await run.step();
    await run.log.close();
    await run.peer.close();
  },
);
