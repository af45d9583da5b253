import type { QueueBounds } from './backlog.ts';
import { BROADCASTER_RULES } from './broadcaster-options.ts';
import { checkCount, checkOptions } from './checks.ts';
import { parseClient } from './client.ts';
import { rethrowUnavailable } from './errors.ts';
import { createFanOut } from './fan-out.ts';
import type { Hub } from './hub.ts';
import { createReplay, type Start } from './replay.ts';
import { type Sink, whenOver } from './sink.ts';
import type { StreamsStats } from './stats.ts';
import { Subscriber } from './subscriber.ts';
import type { StreamRequest, SubscribeRequest, Subscription } from './subscription.ts';
import type { DisconnectReason } from './system-events.ts';
import { followTail } from './tail-follower.ts';
import { TopicFilter } from './topics.ts';
import { createUpkeep, type Upkeep } from './upkeep.ts';

/** All open streams, and what feeds them: how one begins, who there is, and how all of them end. */
export interface Streams {
  /** By client id; the oldest first. */
  readonly subscribers: ReadonlyMap<string, Subscriber>;
  readonly upkeep: Upkeep;
  /** See `Broadcaster.subscribe`. */
  subscribe(request: SubscribeRequest): Promise<Subscription>;
  stats(): StreamsStats;
  /**
   * Ends every stream, at moments spread evenly over `overMs`, waits until the last has left or was cut, and follows the
   * log no more.
   */
  end(overMs: number): Promise<void>;
}

export function createStreams(hub: Hub): Streams {
  const { bounds, counters, environment } = hub;
  const { maxQueueSize, maxQueueBytes, queuePolicy } = bounds;
  // Shared by all who ask for nothing else.
  const queueBounds = { maxQueueSize, maxQueueBytes, queuePolicy };
  const subscribers = new Map<string, Subscriber>();
  const fanOut = createFanOut(hub);
  const replay = createReplay(hub, fanOut);
  const follower = followTail(hub, fanOut);
  const upkeep = createUpkeep(hub, subscribers);
  /** Places taken by subscriptions whose response has not been opened yet. */
  let reserved = 0;
  /** Whether all streams are being ended. */
  let isOver = false;

  function check(request: SubscribeRequest): Omit<StreamRequest, 'topics'> {
    const { maxQueueSize, maxQueueBytes, queuePolicy, expiresAt, client } = request;
    const asked = { maxQueueSize, maxQueueBytes, queuePolicy };
    const isOrdinary = Object.values(asked).every((value) => value === undefined);
    return {
      client: parseClient(client),
      queue: isOrdinary ? queueBounds : checkOptions<QueueBounds>(asked, queueBounds, BROADCASTER_RULES),
      expiresAt: checkOptions<{ expiresAt: number }>({ expiresAt }, { expiresAt: Infinity }, { expiresAt: 0 })
        .expiresAt,
    };
  }

  async function subscribe(request: SubscribeRequest): Promise<Subscription> {
    const filter = new TopicFilter(request.topics, request.allowedTopics);
    const checked = check(request);
    const taken = subscribers.size + ++reserved;
    try {
      if (taken > bounds.maxSubscribers) counters.refused++;
      checkCount('too-many-subscribers', 'subscribers', taken, bounds.maxSubscribers);
      await follower.opened();
      const start = await replay.begin(request.lastEventId).catch(rethrowUnavailable);
      return begin(await request.open(), start, filter, checked);
    } finally {
      reserved--;
    }
  }

  /** Brings a stream from `start` to live. */
  function begin(
    sink: Sink,
    start: Start,
    filter: TopicFilter,
    request: Omit<StreamRequest, 'topics'>,
  ): Subscriber {
    void sink.bufferedBytes; // before anything is taken: an `open` that forgot to return its sink throws here
    const group = fanOut.join(filter);
    const { patterns } = group.filter;
    // As asked for, in that order; the same list for all who ask alike.
    const topics = `${filter.patterns}` === `${patterns}` ? patterns : filter.patterns;
    // Spelled out: of a spread each object gets a shape of its own, which is larger than itself.
    const { client, queue, expiresAt } = request;
    const kept = { client, queue, expiresAt, topics };
    const { cursor = hub.window.shownId } = start;
    const subscriber = new Subscriber(hub, kept, sink, group, cursor, ended);
    subscribers.set(subscriber.id, subscriber);
    upkeep.wake();
    hub.tell('onConnect', subscriber.client);
    whenOver(sink, () => subscriber.finish('gone'));
    // Late: all others are being ended, or its rights have ended while it was being opened.
    if (isOver) subscriber.close('shutdown');
    subscriber.expire(environment.elapsed());
    if (!subscriber.ended) void replay.run(subscriber, start);
    return subscriber;
  }

  function ended(subscriber: Subscriber, reason: DisconnectReason): void {
    counters.disconnects[reason]++;
    subscribers.delete(subscriber.id);
    fanOut.leave(subscriber.group);
    upkeep.seeOff(subscriber.sink);
    hub.tell('onDisconnect', subscriber.client, reason);
  }

  async function end(overMs: number): Promise<void> {
    isOver = true;
    fanOut.flush();
    const startedAt = environment.elapsed();
    const all = [...subscribers.values()];
    for (const [index, subscriber] of all.entries()) {
      if (subscriber.ended) continue;
      const early = startedAt + (index * overMs) / all.length - environment.elapsed();
      if (early >= 10) await hub.sleep(early); // fewer, later wake-ups instead of a timer a stream
      subscriber.close('shutdown');
    }
    while (upkeep.leaving.size > 0) await hub.sleep(10);
    follower.stop();
  }

  return {
    subscribers,
    upkeep,
    subscribe,
    stats() {
      const stats = { joining: 0, waiting: 0, longestQueue: 0, queuedBytes: 0 };
      for (const { state, client } of subscribers.values()) {
        if (state === 'joining' || state === 'waiting') stats[state]++;
        stats.longestQueue = Math.max(stats.longestQueue, client.queueSize);
        stats.queuedBytes += client.queueBytes;
      }
      return {
        ...stats,
        subscribers: subscribers.size,
        leaving: upkeep.leaving.size,
        groups: fanOut.groups.size,
        pendingReads: replay.pendingReads,
      };
    },
    end,
  };
}
