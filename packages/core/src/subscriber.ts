import { Backlog, CATCH_UP_BYTES, WARNING_RATIO } from './backlog.ts';
import type { Client } from './client.ts';
import { randomText } from './environment.ts';
import type { EventId } from './event-log.ts';
import { encodeCheckpoint, encodeRetry, encodeSystem, type Frame, joinBytes } from './frame.ts';
import type { Group, Member } from './group.ts';
import { cut, endSink, type Hub } from './hub.ts';
import { LatePromise } from './late-promise.ts';
import type { Sink } from './sink.ts';
import type { StreamRequest, Subscription } from './subscription.ts';
import type { ClosingReason, DisconnectReason, GapEvent, GapReason, Resume } from './system-events.ts';

/**
 * One open connection.
 *
 * It is `joining` while it replays, then `ready` (up to date: all it is owed has been given to its sink), or
 * `waiting` (its sink said wait), and only then has a backlog.
 */
export class Subscriber implements Member, Subscription {
  readonly id: string;
  state: Member['state'] = 'joining';
  readonly #hub: Hub;
  readonly #request: StreamRequest;
  readonly #over = new LatePromise<DisconnectReason>();
  readonly #onEnd: (subscriber: Subscriber, reason: DisconnectReason) => void;
  readonly #connectedAt: number;
  /** Monotonic time at which the stream is old enough to be ended. */
  readonly #agedAt: number;
  /** Monotonic time of the last write that was for this subscriber alone; see also when its group was delivered to. */
  #writtenAt: number;
  /** Since when the sink has made no progress; `undefined` while it takes more. */
  #stalledSince: number | undefined;
  #lastBuffered = 0;
  #backlog: Backlog | undefined;
  /** Id of the last entry that was offered, at first the one it came with; meaningful while not ready. */
  #cursor: EventId;
  /** Id that the receiver knows, for checkpoints; compare with the group's last while ready. */
  #sentId: EventId | undefined;
  /** Events given, those since it became ready not counted. */
  #received = 0;
  /** Position in the group's frames at which it became ready. */
  #readyFrom = 0;
  #warned = false;
  /** The cursor at the first event dropped since the last notice. */
  #droppedAfter: EventId | undefined;

  constructor(
    hub: Hub,
    request: StreamRequest,
    readonly sink: Sink,
    readonly group: Group,
    cursor: EventId,
    onEnd: (subscriber: Subscriber, reason: DisconnectReason) => void,
  ) {
    const { environment, bounds } = hub;
    this.#hub = hub;
    this.#request = request;
    this.#onEnd = onEnd;
    this.id = randomText(environment, 16);
    this.#connectedAt = environment.now();
    this.#writtenAt = environment.elapsed();
    this.#agedAt = this.#writtenAt + (bounds.maxAgeMs || Infinity) * (1 - 0.2 * environment.random());
    this.#cursor = cursor;
    group.members.add(this);
  }

  get over(): Promise<DisconnectReason> {
    return this.#over.promise;
  }

  get ended(): boolean {
    return this.state === 'ended';
  }

  /** Position of the oldest frame of the group that is still needed. */
  get given(): number {
    return this.#backlog?.given ?? this.group.frames.end;
  }

  get client(): Client {
    return {
      id: this.id,
      ...this.#request.client,
      topics: this.#request.topics,
      connectedAt: this.#connectedAt,
      eventsReceived: this.#eventsReceived,
      ...this.#queue,
    };
  }

  get #queue(): Pick<Client, 'queueSize' | 'queueBytes'> {
    const { size, bytes } = this.#backlog ?? { size: 0, bytes: 0 };
    return { queueSize: size, queueBytes: bytes + this.sink.bufferedBytes };
  }

  get #eventsReceived(): number {
    return this.#received + (this.state === 'ready' ? this.group.frames.end - this.#readyFrom : 0);
  }

  get #resumeFrom(): EventId {
    return this.state === 'ready' ? this.#hub.window.shownId : this.#cursor;
  }

  /** Sends the first frames. `false`: wait before the next. */
  greet(resume: Resume): boolean {
    const id = resume === 'reset' ? undefined : this.#cursor;
    const { expiresAt } = this.#request;
    const connected = {
      type: 'connected' as const,
      client_id: this.id,
      topics: this.#request.topics,
      resume,
      heartbeat_ms: this.#hub.bounds.heartbeatMs,
      newest: this.#hub.window.shownId,
      ...(expiresAt < Infinity && { expires_in_ms: expiresAt - this.#hub.environment.now() }),
    };
    return this.#writeOwn(joinBytes([encodeRetry(this.#hub.retryMs()), encodeSystem(connected, id)]), id);
  }

  /** Says that entries may be missing. */
  writeGap(reason: GapReason, requested: string | undefined, oldest: EventId | undefined): void {
    if (this.ended) return;
    const { shownId: newest } = this.#hub.window;
    const asked = requested?.slice(0, 128) ?? null;
    const gap: GapEvent = { type: 'gap', reason, requested: asked, oldest: oldest ?? null, newest };
    this.#hub.countGap(this.client, gap);
    this.#writeOwn(encodeSystem(gap));
  }

  noteGap(gap: GapEvent): void {
    if (this.state === 'joining') return;
    this.#hub.countGap(this.client, gap);
    this.#received--; // the notice will be counted with the group's events
  }

  /** Gives this one alone what others may get too. `cursor`: the last entry looked at. `false`: wait before the next. */
  give(frames: readonly Frame[], cursor: EventId): boolean {
    this.#cursor = cursor;
    this.#received += frames.length;
    this.#hub.counters.delivered += frames.length;
    const last = frames.at(-1);
    return last === undefined || this.#writeOwn(joinBytes(frames.map(({ bytes }) => bytes)), last.id);
  }

  /** Settles when the sink takes more, or is gone. Never rejects. */
  async writable(): Promise<void> {
    this.#stalledSince = this.#hub.environment.elapsed();
    this.#lastBuffered = this.sink.bufferedBytes;
    try {
      await this.sink.writable();
    } catch {
      this.#fail();
    }
    this.#stalledSince = undefined;
  }

  /** From now on the group delivers. The caller has given everything up to the last entry shown, in this same turn. */
  attach(writable: boolean): void {
    const shown = this.#hub.window.shownId;
    if (this.#sentId !== shown) writable = this.#writeOwn(encodeCheckpoint(shown), shown) && writable;
    this.#cursor = shown;
    if (writable) this.#enter('ready');
    else void this.#wait();
  }

  writeLive(bytes: Uint8Array): void {
    if (!this.#write(bytes)) void this.#wait();
  }

  fallBehind(): void {
    const { maxQueueSize, maxQueueBytes } = this.#request.queue;
    const { queueSize, queueBytes } = this.#queue;
    const fullness = Math.max(queueSize / maxQueueSize, queueBytes / maxQueueBytes);
    if (fullness > 1 && this.#backlog !== undefined) return this.#overflow(this.#backlog);
    if (this.#warned || fullness < WARNING_RATIO) return;
    this.#warned = true;
    this.#hub.counters.warnings++;
    const warning = {
      type: 'warning' as const,
      queue_size: queueSize,
      queue_bytes: queueBytes,
      max_queue_size: maxQueueSize,
      max_queue_bytes: maxQueueBytes,
    };
    this.#writeOwn(encodeSystem(warning));
  }

  /** Sends a sign of life, with a checkpoint where the filter let nothing through since the last id. */
  heartbeat(bytes: Uint8Array): void {
    if (this.state === 'joining' && this.#stalledSince === undefined) this.#writeOwn(bytes);
    if (this.state !== 'ready') return;
    const shown = this.#hub.window.shownId;
    const isKnown = this.group.lastId === shown || this.#sentId === shown;
    if (!this.#writeOwn(isKnown ? bytes : joinBytes([encodeCheckpoint(shown), bytes]), shown))
      void this.#wait();
  }

  /** Milliseconds since the receiver was last written to. */
  silence(now: number): number {
    return now - Math.max(this.#writtenAt, this.state === 'ready' ? this.group.deliveredAt : 0);
  }

  /** Ends the stream where its time has come. */
  expire(now: number): void {
    if (this.#hub.environment.now() >= this.#request.expiresAt) this.close('expired');
    else if (now >= this.#agedAt) this.close('max_age');
    else if (this.#stalledFor(now) >= this.#hub.bounds.stallTimeoutMs) this.close('slow');
  }

  /** Tells the receiver why, where to resume and, at a shutdown, when; then ends the stream. */
  close(reason: ClosingReason): void {
    if (this.ended) return;
    if (reason === 'shutdown') this.#write(encodeRetry(this.#hub.retryMs()));
    this.#write(encodeSystem({ type: 'closing', reason, resume_from: this.#resumeFrom }));
    this.finish(reason);
    endSink(this.sink);
  }

  /** Leaves the group; the connection is over, or about to be. A second call does nothing. */
  finish(reason: DisconnectReason): void {
    if (this.ended) return;
    this.#enter('ended');
    this.group.members.delete(this);
    this.#onEnd(this, reason);
    this.#over.settle(reason);
  }

  /** Writes bytes of ours at once, even to a sink that said wait: they are few and small. */
  #writeOwn(bytes: Uint8Array, id = this.#sentId): boolean {
    this.#sentId = id;
    this.#writtenAt = this.#hub.environment.elapsed();
    return this.#write(bytes);
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

  /** Milliseconds for which the sink has made no progress. Holding less than at the last look is progress. */
  #stalledFor(now: number): number {
    const buffered = this.sink.bufferedBytes;
    if (this.#stalledSince !== undefined && buffered < this.#lastBuffered) this.#stalledSince = now;
    this.#lastBuffered = buffered;
    return now - (this.#stalledSince ?? now);
  }

  #enter(state: Member['state']): void {
    if (this.ended) return;
    this.#received = this.#eventsReceived;
    this.#cursor = this.#resumeFrom;
    this.#readyFrom = this.group.frames.end;
    this.#backlog = state === 'waiting' ? new Backlog(this.group) : undefined;
    this.#warned = false;
    this.state = state;
  }

  /** The sink said wait. Once it takes bytes again: gives what is queued, in bounded writes, then rejoins the others. */
  async #wait(): Promise<void> {
    this.#enter('waiting');
    await this.writable();
    while (this.#backlog !== undefined) {
      const frames = this.#backlog.take(CATCH_UP_BYTES);
      const next = frames.find(({ topic }) => topic)?.id; // a notice of a gap is no entry to go on with
      if (this.#droppedAfter !== undefined) this.writeGap('overflow', this.#droppedAfter, next);
      this.#droppedAfter = undefined;
      const last = frames.at(-1);
      if (last === undefined) this.#enter('ready');
      else if (!this.give(frames, last.id)) await this.writable();
    }
  }

  /** Past its bounds: does what the policy says. */
  #overflow(backlog: Backlog): void {
    const isOver = this.#request.queue.queuePolicy === 'disconnect';
    const dropped = isOver ? 0 : backlog.fit(this.#request.queue, this.sink.bufferedBytes);
    if (dropped > 0) this.#droppedAfter ??= this.#cursor;
    this.#hub.counters.overflows++;
    this.#hub.counters.dropped += dropped;
    this.#hub.tell('onOverflow', this.client, dropped);
    if (isOver) this.close('slow');
  }
}
