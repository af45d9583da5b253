import type { Client } from './client.ts';
import { SseError } from './errors.ts';
import type { FanOut } from './fan-out.ts';
import { encodeRetry, encodeSystem, joinBytes } from './frame.ts';
import type { Hub } from './hub.ts';
import type { Replay, Start } from './replay.ts';
import type { Sink } from './sink.ts';
import type { StreamsStats } from './stats.ts';
import { Subscriber } from './subscriber.ts';
import type { StreamRequest } from './subscription.ts';
import { Upkeep } from './upkeep.ts';

/** A part of a list. */
export interface Page {
  readonly offset?: number;
  readonly limit?: number;
}

/** All open streams: how one begins, who there is, and how all of them end. */
export class Streams {
  /** By client id; the oldest first. */
  readonly subscribers: Map<string, Subscriber> = new Map();
  readonly upkeep: Upkeep;
  readonly #hub: Hub;
  readonly #fanOut: FanOut;
  readonly #replay: Replay;
  /** Places taken by subscriptions whose response has not been opened yet. */
  #reserved = 0;
  /** Whether all streams have been ended. */
  #over = false;

  constructor(hub: Hub, fanOut: FanOut, replay: Replay) {
    this.#hub = hub;
    this.#fanOut = fanOut;
    this.#replay = replay;
    this.upkeep = new Upkeep(hub, this.subscribers);
  }

  clients({ offset = 0, limit = Number.POSITIVE_INFINITY }: Page): readonly Client[] {
    const clients: Client[] = [];
    let index = 0;
    for (const subscriber of this.subscribers.values()) {
      if (clients.length >= limit) break;
      if (index++ >= offset) clients.push(subscriber.snapshot());
    }
    return clients;
  }

  stats(): StreamsStats {
    const stats = { joining: 0, waiting: 0, longestQueue: 0, queuedBytes: 0 };
    for (const { state, queueSize, queueBytes } of this.subscribers.values()) {
      if (state === 'joining' || state === 'waiting') stats[state]++;
      stats.longestQueue = Math.max(stats.longestQueue, queueSize);
      stats.queuedBytes += queueBytes;
    }
    return { ...stats, subscribers: this.subscribers.size, leaving: this.upkeep.leavingCount };
  }

  /**
   * Keeps a place while `work` decides whether to take it.
   *
   * @throws SseError `too-many-subscribers` where there is none left.
   */
  async reserve<Result>(work: () => Promise<Result>): Promise<Result> {
    const { bounds, counters } = this.#hub;
    if (this.subscribers.size + this.#reserved >= bounds.maxSubscribers) {
      counters.refused++;
      const message = `All ${bounds.maxSubscribers} places are taken; try again later`;
      throw new SseError('too-many-subscribers', message);
    }
    this.#reserved++;
    try {
      return await work();
    } finally {
      this.#reserved--;
    }
  }

  /** Sends the first frames, and brings the stream from `start` to live. */
  begin(sink: Sink, start: Start, request: StreamRequest): Subscriber {
    const { signal } = sink; // before anything is taken: an `open` that forgot to return its sink throws here
    const group = this.#fanOut.join(request.filter);
    const { cursor = this.#hub.window.shownId } = start;
    const subscriber = new Subscriber(this.#hub, request, sink, group, cursor, (reason) => {
      this.#hub.counters.disconnects[reason]++;
      this.subscribers.delete(subscriber.id);
      this.#fanOut.leave(group);
      this.upkeep.seeOff(sink);
      this.#hub.tell('onDisconnect', subscriber.snapshot(), reason);
    });
    this.subscribers.set(subscriber.id, subscriber);
    signal.addEventListener('abort', () => subscriber.finish('gone'), { once: true });
    this.upkeep.wake();
    this.#hub.tell('onConnect', subscriber.snapshot());
    if (signal.aborted) subscriber.finish('gone');
    // Late: all others have been ended, or its rights have ended while it was being opened.
    if (this.#over) subscriber.close('shutdown', this.#hub.spreadRetry());
    if (this.#hub.environment.now() >= request.expiresAt) subscriber.close('expired');
    if (!subscriber.ended) this.#greet(subscriber, start);
    return subscriber;
  }

  /** Ends every stream, at moments spread evenly over `overMs`, and waits until the last has left or was cut. */
  async end(overMs: number): Promise<void> {
    const { environment } = this.#hub;
    const startedAt = environment.elapsed();
    const total = this.subscribers.size;
    let index = 0;
    for (const subscriber of [...this.subscribers.values()]) {
      if (subscriber.ended) continue;
      const early = startedAt + (index++ * overMs) / total - environment.elapsed();
      if (early >= 10) await this.#hub.sleep(early); // fewer, later wake-ups instead of a timer a stream
      subscriber.close('shutdown', this.#hub.spreadRetry());
    }
    this.#over = true;
    for (const subscriber of this.subscribers.values()) subscriber.close('shutdown', this.#hub.spreadRetry());
    while (this.upkeep.leavingCount > 0) await this.#hub.sleep(10);
  }

  #greet(subscriber: Subscriber, start: Start): void {
    const { resume, cursor = this.#hub.window.shownId } = start;
    const { expiresAt } = subscriber.request;
    const id = resume === 'reset' ? undefined : cursor;
    const connected = encodeSystem(
      {
        type: 'connected',
        client_id: subscriber.id,
        topics: subscriber.request.filter.patterns,
        resume,
        heartbeat_ms: this.#hub.bounds.heartbeatMs,
        newest: this.#hub.window.shownId,
        ...(Number.isFinite(expiresAt) && { expires_in_ms: expiresAt - this.#hub.environment.now() }),
      },
      id,
    );
    const head = joinBytes([encodeRetry(this.#hub.spreadRetry()), connected]);
    void this.#replay.run(subscriber, start, subscriber.writeNotice(head, id));
  }
}
