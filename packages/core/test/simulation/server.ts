import { Broadcaster, type BroadcasterOptions, type Environment, SseError } from '../../src/index.ts';
import type { Clock } from './clock.ts';
import { Link } from './link.ts';
import type { PeerSink } from './peer-sink.ts';
import type { Random } from './random.ts';
import type { Store } from './store.ts';
import { StoreLog } from './store-log.ts';

/** One life of a server: a broadcaster, its own timers, its link to the store, and the connections it serves. */
export class Server {
  readonly broadcaster: Broadcaster;
  readonly link: Link;
  readonly sinks: Set<PeerSink> = new Set();
  /** Timers set by the broadcaster that have neither fired nor been cancelled. */
  pendingTimers = 0;
  isDead = false;
  readonly #clock: Clock;
  readonly #onDeath = new Set<(error: Error) => void>();

  constructor(
    readonly index: number,
    clock: Clock,
    random: Random,
    store: Store,
    settings: BroadcasterOptions,
    change: (log: StoreLog) => BroadcasterOptions['log'] & object,
  ) {
    this.#clock = clock;
    this.link = new Link(clock, random);
    const hooks = { onError: () => undefined };
    const log = change(new StoreLog(store, this.link));
    this.broadcaster = new Broadcaster({ ...settings, log, hooks, environment: this.#environment(random) });
  }

  /** What the server answers; rejects where it dies before. */
  ask<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#onDeath.add(reject);
      void work()
        .then(resolve, reject)
        .finally(() => this.#onDeath.delete(reject));
    });
  }

  /** Dies, and with it all that it has in memory: no timer fires any more, no answer comes, every connection is cut. */
  crash(): void {
    this.isDead = true;
    this.link.dead = true;
    this.link.cut();
    for (const sink of [...this.sinks]) sink.leave();
    for (const fail of this.#onDeath) fail(new SseError('closed', 'The server has crashed'));
  }

  #environment(random: Random): Environment {
    const clock = this.#clock;
    return {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      random: () => random.next(),
      after: (ms, task) => {
        this.pendingTimers++;
        let isPending = true;
        const settle = (): boolean => {
          if (isPending) this.pendingTimers--;
          const was = isPending;
          isPending = false;
          return was;
        };
        const timer = clock.after(ms, () => {
          if (settle() && !this.isDead) task();
        });
        return {
          cancel: () => {
            settle();
            timer.cancel();
          },
        };
      },
      soon: (task) => clock.soon(() => this.isDead || task()),
    };
  }
}
