import type { EventLog } from '../../src/index.ts';
import type { Action, Forgery } from './actions.ts';
import { Client, type Surroundings } from './client.ts';
import { Clock } from './clock.ts';
import type { Link } from './link.ts';
import type { Plan } from './plan.ts';
import { publish } from './publisher.ts';
import { Random } from './random.ts';
import { Recorder } from './records.ts';
import { Server } from './server.ts';
import { Store } from './store.ts';
import type { StoreLog } from './store-log.ts';
import { ParsedBuffers } from './stream-parser.ts';

/** What a test may change of a world, to show that it would be noticed. */
export interface Changes {
  readonly log?: (log: StoreLog) => EventLog;
}

/** A store, its servers and their clients on one clock, and what may happen to them. */
export class World implements Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly buffers: ParsedBuffers = new ParsedBuffers();
  readonly store: Store;
  readonly clients: readonly Client[];
  /** By place; absent while it is down. */
  readonly servers: (Server | undefined)[] = [];
  /** Servers that are being closed, or have been. */
  readonly closed: Server[] = [];
  readonly plan: Plan;
  readonly #changes: Changes;
  readonly #begun: string[] = [];
  #isHealed = false;

  constructor(plan: Plan, changes: Changes = {}) {
    this.plan = plan;
    this.#changes = changes;
    this.random = new Random(plan.seed ^ 0x5eed);
    this.clock = new Clock(this.random);
    this.recorder = new Recorder(() => this.clock.elapsed());
    this.store = new Store({
      ...plan.store,
      now: () => this.clock.now(),
      letters: () => this.random.between(36, 1_295).toString(36),
      note: (happening) => {
        if (happening.kind === 'begin') this.#begun.push(happening.id);
        this.recorder.note(happening);
      },
    });
    for (let index = 0; index < plan.servers; index++) this.start(index);
    this.clients = plan.clients.map((client, index) => new Client(this, index, client));
    for (const [index, { arrivesAt }] of plan.clients.entries())
      this.clock.after(arrivesAt, () => void this.clients[index]?.connect());
  }

  findServer(): Server | undefined {
    const up = this.servers.filter((server) => server !== undefined);
    return up.length === 0 ? undefined : this.random.pick(up);
  }

  forge(how: Forgery): string {
    if (how === 'garbage') return this.random.pick(['earliest', '$', '-1', '0', 'a:b', 'a b']);
    if (how === 'long') return 'x'.repeat(200);
    if (how === 'foreign') return `zzzzz-${this.random.between(0, 300)}`;
    return `${this.random.pick(this.#begun).slice(0, 5)}-${this.random.between(0, 200)}`;
  }

  start(index: number): void {
    const { settings, delayMs } = this.plan;
    const { log: change = (log: StoreLog): EventLog => log } = this.#changes;
    const server = new Server(index, this.clock, this.random, this.store, settings, change);
    server.link.maxDelayMs = delayMs;
    this.servers[index] = server;
  }

  /** Ends all trouble: links are mended, servers are up, readers read. */
  heal(): void {
    this.#isHealed = true;
    for (const index of this.servers.keys()) {
      if (this.servers[index] === undefined) this.start(index);
    }
    for (const server of [...this.servers, ...this.closed]) if (server !== undefined) mend(server.link);
    for (const client of this.clients) client.flow();
  }

  perform(action: Action): void {
    switch (action.do) {
      case 'publish':
        return void publish(this, action);
      case 'trim':
        return this.store.evict(action.keep);
      case 'flush':
        return this.#lose(undefined, action.isNoticed);
      case 'failover':
        return this.#lose(action.count, action.isNoticed);
      case 'restart store':
        return this.#restartStore(action.isEmpty, action.downMs);
      case 'storm':
        for (const client of this.clients)
          this.clock.after(this.random.next() * action.withinMs, () => {
            client.leave();
            void client.connect();
          });
        return;
      case 'stall':
      case 'flow':
      case 'leave':
      case 'vanish':
        return this.clients[action.client]?.[action.do]();
      case 'forge':
        return this.clients[action.client]?.forge(action.how);
      default: {
        const server = this.servers[action.server];
        if (server !== undefined) this.#performOn(server, action);
      }
    }
  }

  #performOn(server: Server, action: Action & { readonly server: number }): void {
    const { link, index, broadcaster } = server;
    // Nothing of it happens any more once all has been healed.
    const later = (ms: number, task: () => void): void =>
      void this.clock.after(ms, () => this.#isHealed || task());
    switch (action.do) {
      case 'crash':
        this.servers[index] = undefined;
        later(action.downMs, () => this.servers[index] === undefined && this.start(index));
        return server.crash();
      case 'close':
        this.servers[index] = undefined;
        this.closed.push(server);
        void broadcaster.close({ overMs: action.overMs });
        return later(action.downMs, () => this.servers[index] === undefined && this.start(index));
      case 'partition':
        link.set(action.how);
        return later(action.forMs, () => link.set('mended'));
      case 'delay':
        link.maxDelayMs = action.maxDelayMs;
        return later(action.forMs, () => {
          link.maxDelayMs = this.plan.delayMs;
        });
      case 'fail':
        link.failsBefore = action.before;
        link.failsAfter = action.after;
        return later(action.forMs, () => {
          link.failsBefore = 0;
          link.failsAfter = 0;
        });
      case 'cut':
        return link.cut();
      case 'beat':
        return broadcaster.heartbeat();
      case 'revoke':
        broadcaster.disconnect(() => this.random.chance(action.share));
        return;
    }
  }

  #lose(count: number | undefined, isNoticed: boolean): void {
    this.store.lose(count);
    if (isNoticed) for (const follower of [...this.store.followers]) follower();
  }

  #restartStore(isEmpty: boolean, downMs: number): void {
    for (const server of this.servers) server?.link.set('refuses');
    if (isEmpty) this.store.lose();
    this.clock.after(downMs, () => {
      for (const server of this.servers) if (server?.link.state === 'refuses') server.link.set('mended');
    });
  }
}

function mend(link: Link): void {
  link.maxDelayMs = 1;
  link.failsBefore = 0;
  link.failsAfter = 0;
  link.set('mended');
}
