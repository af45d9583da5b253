import { Broadcaster } from '../../src/index.ts';
import { VirtualEnvironment } from '../../src/testing.ts';
import { Client } from './client.ts';
import { FaultyLog, type Truth } from './faulty-log.ts';
import { judge } from './judge.ts';

export interface Outcome {
  readonly faults: readonly string[];
  readonly events: number;
  readonly gaps: number;
  readonly published: number;
}

const TOPICS = ['a.one', 'a.two', 'b'];
const FILTERS = [['**'], ['a.*'], ['b'], ['a.one', 'b'], ['none']];
const FORGED = ['earliest', 'x', '-1', 'zzzzzzzz-3', '$', 'a'.repeat(200)];

/**
 * One random run of a server, its log and a handful of clients, all from `seed`: appends, subscribes, stalls,
 * evictions, restarts, disconnects, slow and failing logs. In the end all is healed, and every client is judged.
 */
export async function runSchedule(seed: number, steps = 40): Promise<Outcome> {
  const world = new World(seed);
  for (let step = 0; step < steps; step++) await world.step();
  return world.conclude();
}

class World {
  private readonly environment: VirtualEnvironment;
  private readonly truth: Truth = { entries: [], bases: new Map() };
  private readonly clients: Client[] = [];
  private readonly logBounds: { maxEntries: number; maxBytes: number };
  private readonly settings: object;
  private log: FaultyLog;
  private broadcaster: Broadcaster;
  private count = 0;
  private readonly faults: string[] = [];

  constructor(seed: number) {
    this.environment = new VirtualEnvironment(seed);
    this.logBounds = { maxEntries: this.between(1, 25), maxBytes: this.between(1_000, 20_000) };
    this.settings = {
      windowSize: this.between(1, 10),
      windowBytes: this.between(200, 4_000),
      replayPageSize: this.between(1, 6),
      maxReplayReads: this.between(1, 3),
      maxQueueSize: this.between(1, 8),
      maxQueueBytes: this.between(300, 4_000),
      stallTimeoutMs: 2_000,
      heartbeatMs: 1_000,
      lingerMs: 300,
      logTimeoutMs: 500,
      maxAgeMs: this.chance(0.2) ? 3_000 : 0,
    };
    this.log = this.createLog();
    this.broadcaster = this.createBroadcaster();
  }

  async step(): Promise<void> {
    const { random } = this.environment;
    const roll = random() * 100;
    const client = this.pick(this.clients);
    if (roll < 36) this.publish();
    else if (roll < 46 && this.clients.length < 5) this.newClient();
    else if (roll < 56) void client?.connect(this.broadcaster);
    else if (roll < 62) client?.leave();
    else if (roll < 70) client?.stall();
    else if (roll < 78) client?.read(this.between(1, 600));
    else if (roll < 85) client?.flow();
    else if (roll < 87) void client?.connect(this.broadcaster, this.pick(FORGED));
    else if (roll < 90) this.log.maxDelayMs = this.chance(0.5) ? 0 : 40;
    else if (roll < 92) this.log.failures = this.chance(0.5) ? 0 : 0.4;
    else if (roll < 95) this.log.breakTails();
    else if (roll < 97) await this.restart(this.chance(0.5));
    else this.broadcaster.heartbeat();
    await this.pass();
  }

  async conclude(): Promise<Outcome> {
    this.log.heal();
    for (let round = 0; round < 60; round++) {
      for (const client of this.clients) {
        client.flow();
        client.look();
        void client.connect(this.broadcaster);
      }
      // Longer than any bound on time above, so that whoever is to be ended has been.
      await this.environment.advance(round < 3 ? 1_500 : 200);
      if (round >= 3 && this.clients.every((client) => client.connected)) break;
    }
    await this.environment.advance(1_500);
    // One whose stream has just reached its age connects once more.
    for (const client of this.clients) void client.connect(this.broadcaster);
    await this.environment.settle();
    let events = 0;
    let gaps = 0;
    for (const [index, client] of this.clients.entries()) {
      client.look();
      if (!client.connected) this.faults.push(`client ${index} cannot connect`);
      const verdict = judge(client, this.truth, true);
      this.faults.push(...verdict.faults.map((fault) => `client ${index}: ${fault}`));
      events += verdict.events;
      gaps += verdict.gaps;
    }
    const closed = this.broadcaster.close();
    await this.environment.advance(1_000);
    await closed;
    const { subscribers, groups, leaving } = await this.statsOf();
    if (subscribers + groups + leaving > 0)
      this.faults.push(`left behind: ${subscribers}, ${groups}, ${leaving}`);
    return { faults: this.faults, events, gaps, published: this.truth.entries.length };
  }

  private async statsOf(): Promise<{ subscribers: number; groups: number; leaving: number }> {
    return this.broadcaster.stats();
  }

  private publish(): void {
    const events = Array.from({ length: this.between(1, 4) }, () => ({
      topic: this.pick(TOPICS) ?? 'b',
      data: `${++this.count} ${'.'.repeat(this.chance(0.1) ? this.between(0, 1_500) : this.between(0, 100))}`,
    }));
    void this.broadcaster.publish(events).catch(() => undefined);
  }

  private newClient(): void {
    const queuePolicy = this.pick(['disconnect', 'disconnect', 'drop-oldest', 'latest'] as const);
    const client = new Client({
      topics: this.pick(FILTERS) ?? ['**'],
      highWaterMark: this.between(1, 1_500),
      ...(queuePolicy === undefined ? {} : { queuePolicy }),
    });
    this.clients.push(client);
    void client.connect(this.broadcaster);
  }

  /** The process dies: connections are cut, and another begins, on the same history or on none. */
  private async restart(keepsHistory: boolean): Promise<void> {
    for (const client of this.clients) client.leave();
    void this.broadcaster.close();
    await this.environment.microtasks();
    if (!keepsHistory) {
      this.log.dead = true;
      this.log = this.createLog();
    }
    this.broadcaster = this.createBroadcaster();
  }

  /** Time passes: sometimes none at all, so that much happens in one turn. */
  private async pass(): Promise<void> {
    const roll = this.environment.random();
    if (roll < 0.35) return;
    if (roll < 0.55) await this.environment.microtasks();
    else if (roll < 0.8) await this.environment.settle();
    else if (roll < 0.97) await this.environment.advance(this.between(1, 60));
    else await this.environment.advance(this.between(500, 2_500));
    for (const client of this.clients) client.look();
  }

  private createLog(): FaultyLog {
    const log = new FaultyLog(this.environment, this.truth, this.logBounds);
    void log.note();
    return log;
  }

  private createBroadcaster(): Broadcaster {
    const hooks = { onError: () => undefined };
    return new Broadcaster({ ...this.settings, log: this.log, environment: this.environment, hooks });
  }

  private between(least: number, most: number): number {
    return least + Math.floor(this.environment.random() * (most - least + 1));
  }

  private chance(share: number): boolean {
    return this.environment.random() < share;
  }

  private pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.environment.random() * items.length)];
  }
}
