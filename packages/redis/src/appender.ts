import { type EventId, type NewEvent, SseError } from '@sse/core';
import { encodeEvent } from './entry-codec.ts';
import type { RedisLink } from './link.ts';
import { APPEND } from './scripts.ts';
import { type LogSetting, type Session, unavailable } from './session.ts';

/** What one call of the append script takes at most, unless a single publish is larger. */
const BATCH_EVENTS = 256;
const BATCH_BYTES = 1024 * 1024;

/** One `append` that waits for its answer. */
interface Publish {
  readonly args: readonly string[];
  readonly count: number;
  readonly bytes: number;
  readonly resolve: (ids: readonly EventId[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends what is published. What comes within one turn of the event loop goes in one script call; calls do not wait for
 * one another. The order is that of `append`.
 */
export class Appender {
  readonly #setting: LogSetting;
  readonly #link: RedisLink;
  #queue: Publish[] = [];
  #scheduled = false;
  #pendingEvents = 0;
  #pendingBytes = 0;
  #inFlight = 0;
  /** Calls that met a server which did not know the script, in their order. While there are any, nothing else is sent. */
  #again: (readonly Publish[])[] = [];

  constructor(setting: LogSetting, link: RedisLink) {
    this.#setting = setting;
    this.#link = link;
  }

  /** Events that wait for Redis's answer. */
  get pendingEvents(): number {
    return this.#pendingEvents;
  }

  append(events: readonly NewEvent[]): Promise<readonly EventId[]> {
    const args = events.flatMap(encodeEvent);
    const bytes = args.reduce((sum, { length }) => sum + length, 0);
    const { maxPendingEvents, maxPendingBytes } = this.#setting.bounds;
    const isTooMuch =
      this.#pendingEvents + events.length > maxPendingEvents || this.#pendingBytes + bytes > maxPendingBytes;
    if (isTooMuch) {
      const message = `Too many events wait for Redis (${this.#pendingEvents} events, ${this.#pendingBytes} bytes); try again later`;
      return Promise.reject(new SseError('log-unavailable', message));
    }
    this.#pendingEvents += events.length;
    this.#pendingBytes += bytes;
    const answer = new Promise<readonly EventId[]>((resolve, reject) => {
      this.#queue.push({ args, count: events.length, bytes, resolve, reject });
    });
    this.#schedule();
    return answer.finally(() => {
      this.#pendingEvents -= events.length;
      this.#pendingBytes -= bytes;
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#setting.environment.soon(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    const { live } = this.#link;
    try {
      const session = live ?? (await this.#link.session());
      this.#scheduled = false;
      if (this.#again.length === 0) for (const batch of this.#takeBatches()) void this.#send(session, batch);
    } catch (error) {
      this.#scheduled = false;
      for (const { reject } of this.#queue.splice(0)) reject(error);
    }
  }

  #takeBatches(): Publish[][] {
    const batches: Publish[][] = [];
    let [events, bytes] = [Infinity, 0];
    for (const publish of this.#queue.splice(0)) {
      events += publish.count;
      bytes += publish.bytes;
      if (events > BATCH_EVENTS || bytes > BATCH_BYTES) {
        batches.push([]);
        [events, bytes] = [publish.count, publish.bytes];
      }
      batches.at(-1)?.push(publish);
    }
    return batches;
  }

  async #send(session: Session, batch: readonly Publish[]): Promise<void> {
    const { maxEntries, maxAgeMs, idempotencyMs } = this.#setting.bounds;
    const candidate = session.candidate();
    const args = [
      candidate,
      ...[maxEntries, maxAgeMs, idempotencyMs].map(String),
      ...batch.flatMap((publish) => publish.args),
    ];
    // Behind a call by text, calls by hash find the script: one connection, one order.
    const bySha = session.knowsAppend;
    session.knowsAppend = true;
    this.#inFlight++;
    try {
      const ids = (await session.call(session.evaluate(APPEND, args, bySha))) as EventId[];
      this.#setting.known.saw(ids.at(-1));
      let at = 0;
      for (const { count, resolve } of batch) {
        resolve(ids.slice(at, at + count));
        at += count;
      }
    } catch (error) {
      if (bySha && error instanceof Error && error.message.startsWith('NOSCRIPT')) this.#again.push(batch);
      else
        for (const { reject } of batch)
          reject(unavailable('Redis did not take the events; try again later', error));
    } finally {
      if (--this.#inFlight === 0) this.#sendAgain(session);
    }
  }

  /** All that was under way has been answered: what has to go by text goes now, before anything newer. */
  #sendAgain(session: Session): void {
    const again = this.#again;
    if (again.length === 0) return;
    this.#again = [];
    session.knowsAppend = false;
    for (const batch of again) void this.#send(session, batch);
    this.#schedule();
  }
}
