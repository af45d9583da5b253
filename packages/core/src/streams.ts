import type { QueueBounds } from './backlog.ts';
import type { BroadcasterBounds, BroadcasterHooks } from './broadcaster-options.ts';
import type { Client, ClientIdentity } from './client.ts';
import { type Environment, randomText, spread } from './environment.ts';
import { SseError } from './errors.ts';
import type { FanOut } from './fan-out.ts';
import { encodeRetry, encodeSystem, joinBytes } from './frame.ts';
import type { Replay, Start } from './replay.ts';
import type { Sink } from './sink.ts';
import type { Counters, StreamsStats } from './stats.ts';
import { Subscriber, type SubscriberHost } from './subscriber.ts';
import type { ConnectedEvent } from './system-events.ts';
import type { TopicFilter } from './topics.ts';
import { Upkeep } from './upkeep.ts';

export interface StreamsOptions {
  readonly bounds: BroadcasterBounds;
  readonly environment: Environment;
  readonly fanOut: FanOut;
  readonly replay: Replay;
  readonly counters: Counters;
  readonly hooks: BroadcasterHooks;
  /** Runs a hook; what it throws is reported and goes no further. */
  readonly call: (hook: () => void) => void;
}

/** What a stream is opened with, all of it checked. */
export interface StreamRequest {
  readonly filter: TopicFilter;
  readonly identity: ClientIdentity;
  readonly queue: QueueBounds;
  readonly expiresAt: number | undefined;
}

/** A part of a list. */
export interface Page {
  readonly offset?: number;
  readonly limit?: number;
}

/** All open streams: how one begins, who there is, and how all of them end. */
export class Streams {
  readonly upkeep: Upkeep;
  private readonly subscribers = new Map<string, Subscriber>();
  private readonly host: SubscriberHost;
  /** Places taken by subscriptions whose response has not been opened yet. */
  private reserved = 0;

  constructor(private readonly options: StreamsOptions) {
    this.upkeep = new Upkeep({
      ...options.bounds,
      environment: options.environment,
      subscribers: () => this.subscribers.values(),
      count: () => this.subscribers.size,
      onCut: () => options.counters.cut++,
    });
    this.host = this.createHost();
  }

  get size(): number {
    return this.subscribers.size;
  }

  all(): Iterable<Subscriber> {
    return this.subscribers.values();
  }

  clients({ offset = 0, limit = Number.POSITIVE_INFINITY }: Page): readonly Client[] {
    const clients: Client[] = [];
    let index = 0;
    for (const subscriber of this.subscribers.values()) {
      if (index++ < offset) continue;
      if (clients.length >= limit) break;
      clients.push(subscriber.snapshot());
    }
    return clients;
  }

  stats(): StreamsStats {
    const stats = { joining: 0, waiting: 0, longestQueue: 0, queuedBytes: 0 };
    for (const subscriber of this.subscribers.values()) {
      if (subscriber.state === 'joining') stats.joining++;
      if (subscriber.state === 'waiting') stats.waiting++;
      stats.longestQueue = Math.max(stats.longestQueue, subscriber.queueSize);
      stats.queuedBytes += subscriber.queueBytes;
    }
    return { ...stats, subscribers: this.subscribers.size, leaving: this.upkeep.leavingCount };
  }

  /**
   * Keeps a place while `work` decides whether to take it.
   *
   * @throws SseError `too-many-subscribers` where there is none left.
   */
  async reserve<Result>(work: () => Promise<Result>): Promise<Result> {
    const { bounds, counters } = this.options;
    if (this.subscribers.size + this.reserved >= bounds.maxSubscribers) {
      counters.refused++;
      throw new SseError(
        'too-many-subscribers',
        `All ${bounds.maxSubscribers} places are taken; try again later`,
      );
    }
    this.reserved++;
    try {
      return await work();
    } finally {
      this.reserved--;
    }
  }

  /** Sends the first frames, and brings the stream from `start` to live. */
  begin(sink: Sink, start: Start, request: StreamRequest): Subscriber {
    const { bounds, environment, fanOut, hooks, call } = this.options;
    const { signal } = sink; // before anything is taken: an `open` that forgot to return its sink throws here
    const id = randomText(environment, 16);
    const maxAgeMs = bounds.maxAgeMs === 0 ? Number.POSITIVE_INFINITY : bounds.maxAgeMs;
    const age = maxAgeMs * (1 - 0.2 * environment.random());
    const group = fanOut.join(request.filter);
    const subscriber = new Subscriber(
      id,
      request.identity,
      group,
      sink,
      request.queue,
      request.expiresAt,
      age,
      this.host,
    );
    this.subscribers.set(id, subscriber);
    signal.addEventListener('abort', () => subscriber.finish('gone'), { once: true });
    this.upkeep.wake();
    call(() => hooks.onConnect?.(subscriber.snapshot()));
    if (signal.aborted) subscriber.finish('gone');
    else this.greet(subscriber, start);
    return subscriber;
  }

  /** Ends every stream, at moments spread evenly over `overMs`, and waits until the last has left or was cut. */
  async end(overMs: number): Promise<void> {
    const { environment } = this.options;
    const startedAt = environment.elapsed();
    const total = this.subscribers.size;
    let index = 0;
    for (const subscriber of [...this.subscribers.values()]) {
      const early = startedAt + (index++ * overMs) / total - environment.elapsed();
      if (early >= 10) await this.sleep(early); // fewer, later wake-ups instead of a timer a stream
      subscriber.close('shutdown', this.spreadRetry());
    }
    while (this.reserved > 0 || this.subscribers.size > 0 || this.upkeep.leavingCount > 0) {
      for (const subscriber of this.subscribers.values()) subscriber.close('shutdown', this.spreadRetry());
      await this.sleep(10);
    }
  }

  private greet(subscriber: Subscriber, start: Start): void {
    const id = start.resume === 'reset' ? undefined : (start.cursor ?? this.host.shownId());
    const connected: ConnectedEvent = {
      type: 'connected',
      client_id: subscriber.id,
      topics: subscriber.group.filter.patterns,
      resume: start.resume,
      heartbeat_ms: this.options.bounds.heartbeatMs,
    };
    const head = joinBytes([encodeRetry(this.spreadRetry()), encodeSystem(connected, id)]);
    const writable = subscriber.writeNotice(head, id);
    void this.options.replay.run(subscriber, start, writable);
  }

  private spreadRetry(): number {
    return spread(this.options.environment, this.options.bounds.retryMs, 0.2);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.options.environment.after(ms, resolve);
    });
  }

  private createHost(): SubscriberHost {
    const { counters, environment, fanOut, hooks, call } = this.options;
    const tell = <What>(
      hook: ((client: Client, what: What) => void) | undefined,
      subscriber: Subscriber,
      what: What,
    ): void => {
      if (hook === undefined) return;
      const client = subscriber.snapshot();
      fanOut.whenDelivered(() => call(() => hook(client, what)));
    };
    return {
      environment,
      shownId: () => fanOut.opened.shownId,
      onGap: (subscriber, gap) => {
        counters.gaps[gap.reason]++;
        tell(hooks.onGap, subscriber, gap);
      },
      onWarning: () => {
        counters.warnings++;
      },
      onOverflow: (subscriber, dropped) => {
        counters.overflows++;
        counters.dropped += dropped;
        tell(hooks.onOverflow, subscriber, dropped);
      },
      onDelivered: (count) => {
        counters.delivered += count;
      },
      onEnd: (subscriber, reason) => {
        counters.disconnects[reason]++;
        this.subscribers.delete(subscriber.id);
        fanOut.leave(subscriber.group);
        this.upkeep.seeOff(subscriber.sink);
        tell(hooks.onDisconnect, subscriber, reason);
      },
    };
  }
}
