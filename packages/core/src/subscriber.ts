import { Activity } from './activity.ts';
import { Backlog, CATCH_UP_BYTES, WARNING_RATIO } from './backlog.ts';
import type { Client } from './client.ts';
import { randomText } from './environment.ts';
import type { EventId } from './event-log.ts';
import { encodeCheckpoint, encodeRetry, encodeSystem, type Frame, joinBytes } from './frame.ts';
import type { Group, Member } from './group.ts';
import { cut, type Hub } from './hub.ts';
import type { Sink } from './sink.ts';
import type { StreamRequest } from './subscription.ts';
import type { ClosingReason, DisconnectReason, GapEvent, GapReason } from './system-events.ts';

/**
 * One open connection.
 *
 * It is `joining` while it replays, then `ready` (up to date: all it is owed has been given to its sink), or
 * `waiting` (its sink said wait), and only then has a backlog.
 */
export class Subscriber implements Member {
  readonly id: string;
  state: 'joining' | 'ready' | 'waiting' | 'ended' = 'joining';
  /** Of this subscriber's own sink; see also when its group was last written to. */
  readonly activity: Activity;
  /** Monotonic time at which the stream is old enough to be ended. */
  readonly agedAt: number;
  readonly #hub: Hub;
  readonly #onEnd: (reason: DisconnectReason) => void;
  readonly #connectedAt: number;
  #backlog: Backlog | undefined;
  /** Id of the last entry that was offered, at first the one it came with; meaningful while not ready. */
  #cursor: EventId;
  /** Id that the receiver knows, for checkpoints; compare with the group's last while ready. */
  #sentId: EventId | undefined;
  /** Events given before the subscriber was attached to its group; less what was dropped since. */
  #received = 0;
  #attachedAt = 0;
  #warned = false;
  /** The cursor at the first event dropped since the last notice. */
  #droppedAfter: EventId | undefined;
  #reason: DisconnectReason | undefined;
  #overListeners: ((reason: DisconnectReason) => void)[] = [];

  constructor(
    hub: Hub,
    readonly request: StreamRequest,
    readonly sink: Sink,
    readonly group: Group,
    cursor: EventId,
    onEnd: (reason: DisconnectReason) => void,
  ) {
    const { environment, bounds } = hub;
    this.#hub = hub;
    this.#onEnd = onEnd;
    this.id = randomText(environment, 16);
    this.#connectedAt = environment.now();
    this.activity = new Activity(sink, environment);
    const maxAgeMs = (bounds.maxAgeMs || Number.POSITIVE_INFINITY) * (1 - 0.2 * environment.random());
    this.agedAt = this.activity.lastWriteAt + maxAgeMs;
    this.#cursor = cursor;
  }

  get ended(): boolean {
    return this.state === 'ended';
  }

  /** Calls `listener` with the reason once the connection is over; at once where it is. */
  whenOver(listener: (reason: DisconnectReason) => void): void {
    if (this.#reason !== undefined) return listener(this.#reason);
    this.#overListeners.push(listener);
  }

  /** Position of the oldest frame of the group that is still needed. */
  get given(): number {
    return this.#backlog?.given ?? this.group.frames.end;
  }

  get queueSize(): number {
    return this.#backlog?.size ?? 0;
  }

  get queueBytes(): number {
    return (this.#backlog?.bytes ?? 0) + this.sink.bufferedBytes;
  }

  get resumeFrom(): EventId {
    return this.state === 'ready' ? this.#shownId : this.#cursor;
  }

  get #eventsReceived(): number {
    if (this.state === 'joining' || this.ended) return this.#received;
    return this.#received + (this.#backlog?.position ?? this.group.frames.end) - this.#attachedAt;
  }

  get #shownId(): EventId {
    return this.#hub.window.shownId;
  }

  snapshot(): Client {
    return {
      id: this.id,
      ...this.request.identity,
      topics: this.request.filter.patterns,
      connectedAt: this.#connectedAt,
      eventsReceived: this.#eventsReceived,
      queueSize: this.queueSize,
      queueBytes: this.queueBytes,
    };
  }

  /** Writes bytes of ours at once, even to a sink that said wait: they are few and small. */
  writeNotice(bytes: Uint8Array, id?: EventId): boolean {
    if (id !== undefined) this.#sentId = id;
    this.activity.wrote();
    return this.#write(bytes);
  }

  /** Says that entries may be missing. */
  writeGap(reason: GapReason, requested: string | undefined, oldest: EventId | undefined): void {
    if (this.ended) return;
    const gap: GapEvent = {
      type: 'gap',
      reason,
      requested: requested?.slice(0, 128) ?? null,
      oldest: oldest ?? null,
      newest: this.#shownId,
    };
    this.#countGap(gap);
    this.writeNotice(encodeSystem(gap));
  }

  noteGap(gap: GapEvent): void {
    this.#countGap(gap);
    this.#received--; // the notice will be counted with the group's events
  }

  /** Gives replayed frames, of which `cursor` was the last entry looked at. `false`: wait before the next. */
  writeReplay(frames: readonly Frame[], cursor: EventId): boolean {
    this.#received += frames.length;
    this.#hub.counters.replayed += frames.length;
    return this.#give(frames, cursor);
  }

  /** Settles when the sink takes more, or is gone. Never rejects. */
  async drained(): Promise<void> {
    this.activity.waits();
    try {
      await this.sink.writable();
    } catch {
      this.#fail();
    }
    this.activity.goesOn();
  }

  /** From now on the group delivers. The caller has given everything up to the last entry shown, in this same turn. */
  attach(writable: boolean): void {
    if (this.ended) return;
    const shown = this.#shownId;
    if (this.#sentId !== shown) writable = this.writeNotice(encodeCheckpoint(shown), shown) && writable;
    this.#attachedAt = this.group.frames.end;
    if (writable) this.#becomeReady();
    else this.#becomeWaiting();
  }

  writeLive(bytes: Uint8Array): void {
    if (!this.#write(bytes)) this.#becomeWaiting();
  }

  fallBehind(): void {
    const { maxQueueSize, maxQueueBytes } = this.request.queue;
    const { queueSize, queueBytes } = this;
    const fullness = Math.max(queueSize / maxQueueSize, queueBytes / maxQueueBytes);
    if (fullness > 1 && this.#backlog !== undefined) return this.#overflow(this.#backlog);
    if (this.#warned || fullness < WARNING_RATIO) return;
    this.#warned = true;
    this.#hub.counters.warnings++;
    const limits = { max_queue_size: maxQueueSize, max_queue_bytes: maxQueueBytes };
    this.writeNotice(
      encodeSystem({ type: 'warning', queue_size: queueSize, queue_bytes: queueBytes, ...limits }),
    );
  }

  /** Sends a sign of life, with a checkpoint where the filter let nothing through since the last id. */
  writeHeartbeat(bytes: Uint8Array): void {
    if (this.state === 'joining' && !this.activity.waiting) this.writeNotice(bytes);
    if (this.state !== 'ready') return;
    const shown = this.#shownId;
    const isKnown = this.group.lastId === shown || this.#sentId === shown;
    const sign = isKnown ? bytes : joinBytes([encodeCheckpoint(shown), bytes]);
    if (!this.writeNotice(sign, shown)) this.#becomeWaiting();
  }

  /** Milliseconds since the receiver was last written to. */
  silence(now: number): number {
    const shared = this.state === 'ready' ? this.group.lastWriteAt : 0;
    return now - Math.max(this.activity.lastWriteAt, shared);
  }

  /** Tells the receiver why and where to resume, and ends the stream. */
  close(reason: ClosingReason, retryMs?: number): void {
    if (this.ended) return;
    if (retryMs !== undefined) this.#write(encodeRetry(retryMs));
    this.#write(encodeSystem({ type: 'closing', reason, resume_from: this.resumeFrom }));
    this.finish(reason);
    try {
      this.sink.end();
    } catch {
      cut(this.sink);
    }
  }

  /** Leaves the group; the connection is over, or about to be. A second call does nothing. */
  finish(reason: DisconnectReason): void {
    if (this.ended) return;
    this.#cursor = this.resumeFrom;
    this.#received = this.#eventsReceived;
    this.state = 'ended';
    this.#reason = reason;
    this.#backlog = undefined;
    this.group.ready.delete(this);
    this.group.waiting.delete(this);
    this.#onEnd(reason);
    for (const listener of this.#overListeners) listener(reason);
  }

  #write(bytes: Uint8Array): boolean {
    try {
      return this.sink.write(bytes);
    } catch {
      this.#fail();
      return false;
    }
  }

  /** A sink must not throw; one that does must not stop the others. */
  #fail(): void {
    this.finish('failed');
    cut(this.sink);
  }

  #countGap(gap: GapEvent): void {
    this.#hub.counters.gaps[gap.reason]++;
    this.#hub.tell('onGap', this.snapshot(), gap);
  }

  /** Gives this subscriber alone what others may get too. */
  #give(frames: readonly Frame[], cursor: EventId): boolean {
    this.#cursor = cursor;
    this.#hub.counters.delivered += frames.length;
    const lastId = frames.at(-1)?.id;
    return lastId === undefined || this.writeNotice(joinBytes(frames.map(({ bytes }) => bytes)), lastId);
  }

  #becomeReady(): void {
    if (this.ended) return;
    this.state = 'ready';
    this.#backlog = undefined;
    this.activity.goesOn();
    this.#warned = false;
    this.group.waiting.delete(this);
    this.group.ready.add(this);
  }

  #becomeWaiting(): void {
    if (this.ended) return;
    this.#backlog = new Backlog(this.group);
    this.#cursor = this.#shownId;
    this.state = 'waiting';
    this.group.ready.delete(this);
    this.group.waiting.add(this);
    void this.#catchUp();
  }

  /** Once the sink takes bytes again: gives what is queued, in writes of a bounded size, then rejoins the others. */
  async #catchUp(): Promise<void> {
    await this.drained();
    while (this.#backlog !== undefined) {
      const droppedAfter = this.#droppedAfter;
      this.#droppedAfter = undefined;
      if (droppedAfter !== undefined) this.writeGap('overflow', droppedAfter, this.#backlog.nextId);
      const frames = this.#backlog?.take(CATCH_UP_BYTES) ?? [];
      const last = frames.at(-1);
      if (this.ended) return;
      if (last === undefined) return this.#becomeReady();
      if (!this.#give(frames, last.id)) await this.drained();
    }
  }

  /** Past its bounds: does what the policy says. */
  #overflow(backlog: Backlog): void {
    const { superseded, dropped } = backlog.fit(this.request.queue, this.sink.bufferedBytes);
    this.#received -= superseded + dropped;
    if (dropped > 0) this.#droppedAfter ??= this.#cursor;
    this.#hub.counters.overflows++;
    this.#hub.counters.dropped += dropped;
    this.#hub.tell('onOverflow', this.snapshot(), dropped);
    if (this.request.queue.queuePolicy === 'disconnect') this.close('slow');
  }
}
