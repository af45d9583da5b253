import type { Environment, Timer } from './environment.ts';
import { encodeComment, encodeHeartbeat } from './frame.ts';
import type { Sink } from './sink.ts';
import type { Subscriber } from './subscriber.ts';

export interface UpkeepOptions {
  readonly environment: Environment;
  readonly heartbeatMs: number;
  readonly stallTimeoutMs: number;
  /** How long an ended stream may take to leave before it is cut. */
  readonly lingerMs: number;
  /** Open connections, the oldest first. */
  readonly subscribers: () => Iterable<Subscriber>;
  readonly count: () => number;
  readonly onCut: () => void;
}

/** Names the topic whose subscribers get named heartbeats instead of comments. */
export const HEARTBEAT_TOPIC = 'heartbeat';

const COMMENT = encodeComment('heartbeat');
/** How often everything is looked at, at the most and at the least, in milliseconds. */
const TICK_MS = { shortest: 10, longest: 1_000 };

/**
 * Everything that happens to connections as time passes, by one timer for all: heartbeats, stalls, ages, expiries, and
 * the cutting of streams that were ended but do not leave. The timer runs only while there is something to look after.
 */
export class Upkeep {
  private readonly tickMs: number;
  /** Ended streams that have not left yet, with the time at which they are cut; in that order. */
  private readonly leaving = new Map<Sink, number>();
  private timer: Timer | undefined;

  constructor(private readonly options: UpkeepOptions) {
    const shortest = Math.min(options.heartbeatMs, options.stallTimeoutMs, options.lingerMs) / 10;
    this.tickMs = Math.min(Math.max(shortest, TICK_MS.shortest), TICK_MS.longest);
  }

  /** Streams that were ended and have not left yet. */
  get leavingCount(): number {
    return this.leaving.size;
  }

  /** Makes sure that the timer runs. */
  wake(): void {
    this.timer ??= this.options.environment.after(this.tickMs, () => this.tick());
  }

  /** Looks after an ended stream until it has left, or is cut. */
  seeOff(sink: Sink): void {
    if (sink.signal.aborted) return;
    this.leaving.set(sink, this.options.environment.elapsed() + this.options.lingerMs);
    sink.signal.addEventListener('abort', () => this.leaving.delete(sink), { once: true });
    this.wake();
  }

  /** Sends a named heartbeat to everyone who asked for the topic `heartbeat`, now. */
  beat(): void {
    const bytes = this.namedHeartbeat();
    for (const subscriber of this.options.subscribers()) {
      if (subscriber.group.filter.matches(HEARTBEAT_TOPIC)) subscriber.writeHeartbeat(bytes);
    }
  }

  private namedHeartbeat(): Uint8Array {
    return encodeHeartbeat(this.options.environment.now(), this.options.count());
  }

  private tick(): void {
    this.timer = undefined;
    const now = this.options.environment.elapsed();
    const wallNow = this.options.environment.now();
    let named: Uint8Array | undefined;
    for (const subscriber of this.options.subscribers()) {
      if (subscriber.expiresAt !== undefined && wallNow >= subscriber.expiresAt) subscriber.close('expired');
      else if (now - subscriber.openedAt >= subscriber.maxAgeMs) subscriber.close('max_age');
      else if (subscriber.stall.elapsed() >= this.options.stallTimeoutMs) subscriber.close('slow');
      // Half a tick early rather than half a tick late: the interval that the client was told is a promise.
      else if (subscriber.silence(now) + this.tickMs > this.options.heartbeatMs) {
        const wantsNamed = subscriber.group.filter.matches(HEARTBEAT_TOPIC);
        if (wantsNamed) named ??= this.namedHeartbeat();
        subscriber.writeHeartbeat(wantsNamed && named !== undefined ? named : COMMENT);
      }
    }
    for (const [sink, deadline] of this.leaving) {
      if (deadline > now) break;
      this.leaving.delete(sink);
      this.options.onCut();
      sink.destroy();
    }
    if (this.options.count() > 0 || this.leaving.size > 0) this.wake();
  }
}
