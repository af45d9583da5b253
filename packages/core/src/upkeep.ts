import { encodeComment, encodeHeartbeat } from './frame.ts';
import { cut, type Hub } from './hub.ts';
import { type Sink, whenOver } from './sink.ts';
import type { Subscriber } from './subscriber.ts';

/** Names the topic whose subscribers get named heartbeats instead of comments. */
export const HEARTBEAT_TOPIC = 'heartbeat';

const COMMENT = encodeComment(HEARTBEAT_TOPIC);
/** How often everything is looked at, at the most and at the least, in milliseconds. */
const LONGEST_TICK_MS = 1_000;
const SHORTEST_TICK_MS = 10;

const wantsNamed = ({ group }: Subscriber): boolean => group.filter.matches(HEARTBEAT_TOPIC);

/**
 * Everything that happens to connections as time passes, by one timer for all: heartbeats, stalls, ages, expiries, and
 * the cutting of streams that were ended but do not leave. The timer runs only while there is something to look after.
 */
export interface Upkeep {
  /** Ended streams that have not left yet, with the time at which they are cut; in that order. */
  readonly leaving: ReadonlyMap<Sink, number>;
  /** Makes sure that the timer runs. */
  wake(): void;
  /** Looks after an ended stream until it has left, or is cut. */
  seeOff(sink: Sink): void;
  /** Sends a named heartbeat, which tells of so many clients, to everyone who asked for the topic `heartbeat`, now. */
  heartbeat(clients: number): void;
}

export function createUpkeep(hub: Hub, subscribers: ReadonlyMap<string, Subscriber>): Upkeep {
  const { bounds, counters, environment } = hub;
  const { heartbeatMs, stallTimeoutMs, lingerMs } = bounds;
  const shortest = Math.min(heartbeatMs, stallTimeoutMs, lingerMs) / 10;
  const tickMs = Math.min(Math.max(shortest, SHORTEST_TICK_MS), LONGEST_TICK_MS);
  const leaving = new Map<Sink, number>();
  let isAwake = false;
  let beatAt = -Infinity;

  function wake(): void {
    if (!isAwake) environment.after(tickMs, tick);
    isAwake = true;
  }

  function tick(): void {
    isAwake = false;
    const now = environment.elapsed();
    let named: Uint8Array | undefined;
    for (const subscriber of subscribers.values()) {
      subscriber.expire(now);
      // A tick early rather than late: the interval that the client was told is a promise.
      if (subscriber.silence(now) + tickMs <= heartbeatMs) continue;
      if (!wantsNamed(subscriber)) subscriber.heartbeat(COMMENT);
      // Whoever calls `heartbeat` regularly need not be helped.
      else if (now - beatAt > 1.5 * heartbeatMs) {
        named ??= encodeHeartbeat(environment.now(), subscribers.size);
        subscriber.heartbeat(named);
      }
    }
    for (const [sink, deadline] of leaving) {
      if (deadline > now) break;
      leaving.delete(sink);
      counters.cut++;
      cut(sink);
    }
    if (subscribers.size + leaving.size > 0) wake();
  }

  return {
    leaving,
    wake,
    seeOff(sink) {
      leaving.set(sink, environment.elapsed() + lingerMs);
      whenOver(sink, () => leaving.delete(sink));
      if (leaving.size > 0) wake();
    },
    heartbeat(clients) {
      const named = encodeHeartbeat(environment.now(), clients);
      beatAt = environment.elapsed();
      for (const subscriber of subscribers.values()) if (wantsNamed(subscriber)) subscriber.heartbeat(named);
    },
  };
}
