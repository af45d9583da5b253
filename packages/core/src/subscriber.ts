import { Backlog, CATCH_UP_BYTES, type QueueBounds, WARNING_RATIO } from './backlog.ts';
import type { Client, ClientIdentity } from './client.ts';
import type { Environment } from './environment.ts';
import type { EventId } from './event-log.ts';
import { encodeCheckpoint, encodeRetry, encodeSystem, type Frame, joinBytes } from './frame.ts';
import type { Group, Member } from './group.ts';
import type { Sink } from './sink.ts';
import { StallWatch } from './stall-watch.ts';
import type { ClosingReason, DisconnectReason, GapEvent, GapReason } from './system-events.ts';

/** What a subscriber needs of the broadcaster that it belongs to. */
export interface SubscriberHost {
  readonly environment: Environment;
  /** Id of the last entry shown to all. */
  shownId(): EventId;
  onGap(subscriber: Subscriber, gap: GapEvent): void;
  onWarning(subscriber: Subscriber): void;
  onOverflow(subscriber: Subscriber, dropped: number): void;
  onDelivered(count: number): void;
  onEnd(subscriber: Subscriber, reason: DisconnectReason): void;
}

/**
 * One open connection.
 *
 * It is `joining` while it replays, then `ready` (up to date: all it is owed has been given to its sink), or
 * `waiting` (its sink said wait), and only then has a backlog.
 */
export class Subscriber implements Member {
  readonly connectedAt: number;
  readonly openedAt: number;
  state: 'joining' | 'ready' | 'waiting' | 'ended' = 'joining';
  readonly stall: StallWatch;
  /** When this subscriber alone was last written to; see also the group's. */
  lastWriteAt: number;
  private backlog: Backlog | undefined;
  /** Id of the last entry that was offered, meaningful while not ready. */
  private cursor: EventId;
  /** Id that the receiver knows, for checkpoints; compare with the group's last while ready. */
  private sentId: EventId | undefined;
  /** Events given before the subscriber was attached to its group; less what was dropped since. */
  private received = 0;
  private attachedAt = 0;
  private warned = false;
  /** The cursor at the first event dropped since the last notice. */
  private droppedAfter: EventId | undefined;
  private ending: DisconnectReason | undefined;
  private whenOver: ((reason: DisconnectReason) => void) | undefined;
  private overPromise: Promise<DisconnectReason> | undefined;

  constructor(
    readonly id: string,
    readonly identity: ClientIdentity,
    readonly group: Group,
    readonly sink: Sink,
    readonly bounds: QueueBounds,
    /** Wall clock time at which the stream's rights end, milliseconds since 1970. */
    readonly expiresAt: number | undefined,
    /** Age in milliseconds at which the stream ends. */
    readonly maxAgeMs: number,
    private readonly host: SubscriberHost,
  ) {
    this.connectedAt = host.environment.now();
    this.openedAt = host.environment.elapsed();
    this.lastWriteAt = this.openedAt;
    this.stall = new StallWatch(sink, host.environment);
    this.cursor = host.shownId();
  }

  get ended(): boolean {
    return this.state === 'ended';
  }

  /** Settles when the connection is over, with the reason. Made only when asked for. */
  get over(): Promise<DisconnectReason> {
    this.overPromise ??= new Promise((resolve) => {
      this.whenOver = resolve;
      if (this.ending !== undefined) resolve(this.ending);
    });
    return this.overPromise;
  }

  get given(): number {
    return this.backlog?.given ?? this.group.frames.end;
  }

  get queueSize(): number {
    return this.backlog?.size ?? 0;
  }

  get queueBytes(): number {
    return (this.backlog?.bytes ?? 0) + this.sink.bufferedBytes;
  }

  get eventsReceived(): number {
    if (this.state === 'joining' || this.state === 'ended') return this.received;
    return this.received + (this.backlog?.position ?? this.group.frames.end) - this.attachedAt;
  }

  /** The cursor to come back with. */
  get resumeFrom(): EventId {
    return this.state === 'ready' ? this.host.shownId() : this.cursor;
  }

  snapshot(): Client {
    return {
      id: this.id,
      ...this.identity,
      topics: this.group.filter.patterns,
      connectedAt: this.connectedAt,
      eventsReceived: this.eventsReceived,
      queueSize: this.queueSize,
      queueBytes: this.queueBytes,
    };
  }

  /** Writes bytes of ours at once, even to a sink that said wait: they are few and small. */
  writeNotice(bytes: Uint8Array, id?: EventId): boolean {
    if (id !== undefined) this.sentId = id;
    this.lastWriteAt = this.host.environment.elapsed();
    return this.write(bytes);
  }

  /** Says that entries may be missing. */
  writeGap(reason: GapReason, requested: string | undefined, oldest: EventId | undefined): void {
    const gap: GapEvent = {
      type: 'gap',
      reason,
      requested: requested?.slice(0, 128) ?? null,
      oldest: oldest ?? null,
      newest: this.host.shownId(),
    };
    this.host.onGap(this, gap);
    this.writeNotice(encodeSystem(gap));
  }

  /** Gives replayed frames, of which `cursor` was the last entry looked at. `false`: wait before the next. */
  writeReplay(frames: readonly Frame[], cursor: EventId): boolean {
    this.cursor = cursor;
    const last = frames.at(-1);
    if (last === undefined) return true;
    this.received += frames.length;
    return this.writeNotice(joinBytes(frames.map((frame) => frame.bytes)), last.id);
  }

  /** Settles when the sink of a joining subscriber takes more, or is gone. */
  async drained(): Promise<void> {
    this.stall.start();
    await this.sink.writable();
    this.stall.stop();
  }

  /** From now on the group delivers. The caller has given everything up to the last entry shown, in this same turn. */
  attach(writable: boolean): void {
    if (this.ended) return;
    const shown = this.host.shownId();
    if (this.sentId !== shown) writable = this.writeNotice(encodeCheckpoint(shown), shown) && writable;
    if (this.ended) return;
    this.attachedAt = this.group.frames.end;
    this.cursor = shown;
    if (writable) this.becomeReady();
    else this.becomeWaiting();
  }

  writeLive(bytes: Uint8Array): void {
    if (!this.write(bytes)) this.becomeWaiting();
  }

  fallBehind(): void {
    const { maxQueueSize, maxQueueBytes } = this.bounds;
    const size = this.queueSize;
    const bytes = this.queueBytes;
    if (size > maxQueueSize || bytes > maxQueueBytes) this.overflow();
    else if (
      !this.warned &&
      (size >= WARNING_RATIO * maxQueueSize || bytes >= WARNING_RATIO * maxQueueBytes)
    ) {
      this.warned = true;
      this.host.onWarning(this);
      const limits = { max_queue_size: maxQueueSize, max_queue_bytes: maxQueueBytes };
      this.writeNotice(encodeSystem({ type: 'warning', queue_size: size, queue_bytes: bytes, ...limits }));
    }
  }

  /** Sends a sign of life, with a checkpoint where the filter let nothing through since the last id. */
  writeHeartbeat(bytes: Uint8Array): void {
    if (this.state === 'joining' && !this.stall.running) this.writeNotice(bytes);
    if (this.state !== 'ready') return;
    const shown = this.host.shownId();
    const known = this.group.lastId === shown || this.sentId === shown;
    const sign = known ? bytes : joinBytes([encodeCheckpoint(shown), bytes]);
    if (!this.writeNotice(sign, shown)) this.becomeWaiting();
  }

  /** Milliseconds since the receiver was last written to. */
  silence(now: number): number {
    const shared = this.state === 'ready' ? this.group.lastWriteAt : this.lastWriteAt;
    return now - Math.max(this.lastWriteAt, shared);
  }

  /** Tells the receiver why and where to resume, and ends the stream. */
  close(reason: ClosingReason, retryMs?: number): void {
    if (this.ended) return;
    if (retryMs !== undefined) this.write(encodeRetry(retryMs));
    this.write(encodeSystem({ type: 'closing', reason, resume_from: this.resumeFrom } as const));
    this.finish(reason);
    try {
      this.sink.end();
    } catch {
      this.sink.destroy();
    }
  }

  /** Leaves the group; the connection is over, or about to be. A second call does nothing. */
  finish(reason: DisconnectReason): void {
    if (this.ended) return;
    this.cursor = this.resumeFrom;
    this.received = this.eventsReceived;
    this.state = 'ended';
    this.ending = reason;
    this.backlog = undefined;
    this.group.ready.delete(this);
    this.group.waiting.delete(this);
    this.host.onEnd(this, reason);
    this.whenOver?.(reason);
  }

  private write(bytes: Uint8Array): boolean {
    try {
      return this.sink.write(bytes);
    } catch {
      // A sink must not throw; one that does must not stop the others.
      this.finish('failed');
      this.sink.destroy();
      return false;
    }
  }

  private becomeReady(): void {
    this.state = 'ready';
    this.backlog = undefined;
    this.stall.stop();
    this.warned = false;
    this.group.waiting.delete(this);
    this.group.ready.add(this);
  }

  private becomeWaiting(): void {
    if (this.ended) return;
    this.backlog = new Backlog(this.group);
    this.cursor = this.host.shownId();
    this.state = 'waiting';
    this.group.ready.delete(this);
    this.group.waiting.add(this);
    this.awaitSink();
  }

  private awaitSink(): void {
    this.stall.start();
    const proceed = (): void => this.catchUp();
    void this.sink.writable().then(proceed, proceed);
  }

  /** The sink takes bytes again: gives what is queued, in writes of a bounded size, then rejoins the others. */
  private catchUp(): void {
    while (this.backlog !== undefined) {
      if (this.droppedAfter !== undefined) {
        const requested = this.droppedAfter;
        this.droppedAfter = undefined;
        this.writeGap('overflow', requested, this.backlog.nextId);
        continue;
      }
      const frames = this.backlog.take(CATCH_UP_BYTES);
      const last = frames.at(-1);
      if (last === undefined) return this.becomeReady();
      this.cursor = last.id;
      this.host.onDelivered(frames.length);
      if (!this.writeNotice(joinBytes(frames.map((frame) => frame.bytes)), last.id)) return this.awaitSink();
    }
  }

  private overflow(): void {
    if (this.bounds.queuePolicy === 'disconnect') {
      this.host.onOverflow(this, 0);
      return this.close('slow');
    }
    const { backlog } = this;
    if (backlog === undefined) return;
    // What a newer frame supersedes is not a loss.
    if (this.bounds.queuePolicy === 'latest') this.received -= backlog.keepNewest();
    let dropped = 0;
    while (this.queueSize > this.bounds.maxQueueSize || this.queueBytes > this.bounds.maxQueueBytes) {
      if (backlog.takeOldest() === undefined) break;
      dropped++;
    }
    this.received -= dropped;
    if (dropped > 0) this.droppedAfter ??= this.cursor;
    this.host.onOverflow(this, dropped);
  }
}
