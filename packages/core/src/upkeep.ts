import type { Timer } from './environment.ts';
import { encodeComment, encodeHeartbeat } from './frame.ts';
import { cut, type Hub } from './hub.ts';
import type { Sink } from './sink.ts';
import type { Subscriber } from './subscriber.ts';

/** Names the topic whose subscribers get named heartbeats instead of comments. */
export const HEARTBEAT_TOPIC = 'heartbeat';

const COMMENT = encodeComment('heartbeat');
/** How often everything is looked at, at the most and at the least, in milliseconds. */
const LONGEST_TICK_MS = 1_000;
const SHORTEST_TICK_MS = 10;

const wantsNamed = ({ group }: Subscriber): boolean => group.filter.matches(HEARTBEAT_TOPIC);

/**
 * Everything that happens to connections as time passes, by one timer for all: heartbeats, stalls, ages, expiries, and
 * the cutting of streams that were ended but do not leave. The timer runs only while there is something to look after.
 */
export class Upkeep {
  readonly #hub: Hub;
  readonly #subscribers: ReadonlyMap<string, Subscriber>;
  readonly #tickMs: number;
  /** Ended streams that have not left yet, with the time at which they are cut; in that order. */
  readonly #leaving = new Map<Sink, number>();
  #timer: Timer | undefined;
  #beatAt = Number.NEGATIVE_INFINITY;

  constructor(hub: Hub, subscribers: ReadonlyMap<string, Subscriber>) {
    this.#hub = hub;
    this.#subscribers = subscribers;
    const { heartbeatMs, stallTimeoutMs, lingerMs } = hub.bounds;
    const shortest = Math.min(heartbeatMs, stallTimeoutMs, lingerMs) / 10;
    this.#tickMs = Math.min(Math.max(shortest, SHORTEST_TICK_MS), LONGEST_TICK_MS);
  }

  /** Streams that were ended and have not left yet. */
  get leavingCount(): number {
    return this.#leaving.size;
  }

  /** Makes sure that the timer runs. */
  wake(): void {
    this.#timer ??= this.#hub.environment.after(this.#tickMs, () => this.#tick());
  }

  /** Looks after an ended stream until it has left, or is cut. */
  seeOff(sink: Sink): void {
    if (sink.signal.aborted) return;
    this.#leaving.set(sink, this.#hub.environment.elapsed() + this.#hub.bounds.lingerMs);
    sink.signal.addEventListener('abort', () => this.#leaving.delete(sink), { once: true });
    this.wake();
  }

  /** Sends a named heartbeat to everyone who asked for the topic `heartbeat`, now. */
  beat(): void {
    const bytes = this.#namedHeartbeat();
    this.#beatAt = this.#hub.environment.elapsed();
    for (const subscriber of this.#subscribers.values())
      if (wantsNamed(subscriber)) subscriber.writeHeartbeat(bytes);
  }

  #namedHeartbeat(): Uint8Array {
    return encodeHeartbeat(this.#hub.environment.now(), this.#subscribers.size);
  }

  #tick(): void {
    this.#timer = undefined;
    const { environment, bounds, counters } = this.#hub;
    const now = environment.elapsed();
    const wallNow = environment.now();
    const named = this.#namedHeartbeat();
    for (const subscriber of this.#subscribers.values()) {
      if (wallNow >= subscriber.request.expiresAt) subscriber.close('expired');
      else if (now >= subscriber.agedAt) subscriber.close('max_age');
      else if (subscriber.activity.stalledFor(now) >= bounds.stallTimeoutMs) subscriber.close('slow');
      // A tick early rather than late: the interval that the client was told is a promise.
      else if (subscriber.silence(now) + this.#tickMs > bounds.heartbeatMs) {
        if (!wantsNamed(subscriber)) subscriber.writeHeartbeat(COMMENT);
        // Whoever calls `beat` regularly need not be helped.
        else if (now - this.#beatAt > 1.5 * bounds.heartbeatMs) subscriber.writeHeartbeat(named);
      }
    }
    for (const [sink, deadline] of this.#leaving) {
      if (deadline > now) break;
      this.#leaving.delete(sink);
      counters.cut++;
      cut(sink);
    }
    if (this.#subscribers.size + this.#leaving.size > 0) this.wake();
  }
}
