import type { QueueBounds } from './backlog.ts';
import {
  BROADCASTER_CHECKS,
  BROADCASTER_DEFAULTS,
  type BroadcasterBounds,
  type BroadcasterHooks,
  type BroadcasterOptions,
  type ErrorContext,
  ignoreRejection,
  logError,
} from './broadcaster-options.ts';
import { type Client, parseClient } from './client.ts';
import { type Environment, systemEnvironment } from './environment.ts';
import { rethrowUnavailable, SseError } from './errors.ts';
import {
  type EventInputOptions,
  type EventOptions,
  type PublishInput,
  parseEvent,
  type TopicMap,
} from './event-input.ts';
import type { EventId, EventLog } from './event-log.ts';
import { FanOut } from './fan-out.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { checkOptions, nonNegativeNumber } from './options.ts';
import { Replay } from './replay.ts';
import { type BroadcasterStats, type BroadcasterStatus, type Counters, createCounters } from './stats.ts';
import { Streams } from './streams.ts';
import type { SubscribeRequest, Subscription, TypedInput } from './subscription.ts';
import type { ClosingReason } from './system-events.ts';
import { TailFollower } from './tail-follower.ts';
import { TopicFilter } from './topics.ts';

/**
 * Publishes events and brings them to whoever asked for their topic, in order, with replay for those who were away.
 *
 * `Topics` maps topics to payloads, so that `publish` is typed. Following the log begins at once.
 *
 * @example
 * ```ts source="broadcaster.examples.ts#broadcaster"
 * type Topics = { 'order.created': { id: number; total: number }; 'order.paid': { id: number } };
 * const sse = new Broadcaster<Topics>();
 *
 * const server = createServer((request, response) => {
 *   const lastEventId = String(request.headers['last-event-id'] ?? '');
 *   sse
 *     .subscribe({ topics: ['order.*'], lastEventId, open: () => nodeSink(response) })
 *     .catch(() => response.writeHead(503).end());
 * }).listen(port);
 *
 * await sse.publish('order.created', { id: 7, total: 12.5 });
 * ```
 */
export class Broadcaster<Topics extends TopicMap = TopicMap> {
  private readonly bounds: BroadcasterBounds;
  private readonly inputOptions: EventInputOptions;
  private readonly hooks: BroadcasterHooks;
  private readonly environment: Environment;
  private readonly log: EventLog;
  private readonly ownsLog: boolean;
  private readonly counters: Counters = createCounters();
  private readonly fanOut: FanOut;
  private readonly follower: TailFollower;
  private readonly replay: Replay;
  private readonly streams: Streams;
  private closing: Promise<void> | undefined;
  private closed = false;

  /** @throws SseError `invalid-option`, naming the option, what was expected and what was found. */
  constructor(options: BroadcasterOptions<Topics> = {}) {
    const { log, schemas = {}, hooks = {}, environment = systemEnvironment, ...bounds } = options;
    this.bounds = checkOptions<BroadcasterBounds>(bounds, BROADCASTER_DEFAULTS, BROADCASTER_CHECKS);
    this.inputOptions = { maxEventBytes: this.bounds.maxEventBytes, schemas };
    this.hooks = hooks;
    this.environment = environment;
    this.ownsLog = log === undefined;
    this.log = log ?? new MemoryEventLog({ environment });
    this.fanOut = this.createFanOut();
    this.replay = this.createReplay();
    this.follower = this.createFollower();
    const { bounds: checked, counters, fanOut, replay } = this;
    const call = (hook: () => void): void => this.call(hook);
    this.streams = new Streams({ bounds: checked, environment, fanOut, replay, counters, hooks, call });
    this.follower.start();
  }

  get status(): BroadcasterStatus {
    if (this.closed) return 'closed';
    if (this.closing !== undefined) return 'closing';
    if (this.follower.following) return 'running';
    return this.fanOut.window === undefined ? 'starting' : 'log_unavailable';
  }

  /**
   * Appends events to the log, all or none, and answers with their ids. Subscribers get them by the log's tail.
   *
   * @throws SseError `invalid-topic`, `invalid-event`, `invalid-payload`: nothing was published; `log-unavailable`:
   * try again with the same idempotency key; `closed`.
   */
  publish<Topic extends keyof Topics & string>(
    topic: Topic,
    data: Topics[Topic],
    options?: EventOptions,
  ): Promise<readonly EventId[]>;
  publish(events: TypedInput<Topics> | readonly TypedInput<Topics>[]): Promise<readonly EventId[]>;
  async publish(
    first: string | PublishInput | readonly PublishInput[],
    data?: unknown,
    options?: EventOptions,
  ): Promise<readonly EventId[]> {
    if (this.closed) throw new SseError('closed', 'The broadcaster has been closed');
    const inputs = typeof first === 'string' ? [{ ...options, topic: first, data }] : [first].flat();
    if (inputs.length > this.bounds.maxBatchSize)
      throw new SseError(
        'invalid-event',
        `Expected at most ${this.bounds.maxBatchSize} events, got ${inputs.length}`,
      );
    const events = inputs.map((input) => parseEvent(input, this.inputOptions));
    const ids = await this.log.append(events).catch(rethrowUnavailable);
    this.counters.published += ids.length;
    this.call(() => this.hooks.onPublish?.(events, ids));
    return ids;
  }

  /**
   * Opens a stream: what was missed since `lastEventId`, then everything new.
   *
   * @throws SseError `invalid-topic`, `invalid-client`, `invalid-option`, `too-many-subscribers`, `log-unavailable` or
   * `closed`; `open` has then not been called. What `open` throws is passed on.
   */
  async subscribe(request: SubscribeRequest): Promise<Subscription> {
    if (this.closing !== undefined) throw new SseError('closed', 'The broadcaster is closing');
    const { maxQueueSize, maxQueueBytes, queuePolicy } = this.bounds;
    const queue = checkOptions<QueueBounds>(
      {
        maxQueueSize: request.maxQueueSize,
        maxQueueBytes: request.maxQueueBytes,
        queuePolicy: request.queuePolicy,
      },
      { maxQueueSize, maxQueueBytes, queuePolicy },
      BROADCASTER_CHECKS,
    );
    // One that is not a number would be taken for never.
    const { expiresAt } = checkOptions<Pick<SubscribeRequest, 'expiresAt'>>(
      { expiresAt: request.expiresAt },
      {},
      { expiresAt: nonNegativeNumber },
    );
    const filter = new TopicFilter(request.topics, request.allowedTopics);
    const identity = parseClient(request.client);
    return this.streams.reserve(async () => {
      await this.follower.opened(this.bounds.logTimeoutMs);
      const start = await this.replay.begin(request.lastEventId).catch(rethrowUnavailable);
      const sink = await request.open();
      const subscriber = this.streams.begin(sink, start, { filter, identity, queue, expiresAt });
      return {
        id: subscriber.id,
        get client() {
          return subscriber.snapshot();
        },
        get over() {
          return subscriber.over;
        },
        close: (reason) => subscriber.close(reason),
      };
    });
  }

  /** Open connections, the oldest first. `offset` and `limit` choose a part of them. */
  clients(page: { readonly offset?: number; readonly limit?: number } = {}): readonly Client[] {
    return this.streams.clients(page);
  }

  /** Number of open connections. */
  get size(): number {
    return this.streams.size;
  }

  /** Ends the streams of all clients for which `predicate` is true, telling them why. Answers how many. */
  disconnect(predicate: (client: Client) => boolean, reason: ClosingReason = 'revoked'): number {
    const chosen = [...this.streams.all()].filter((subscriber) => predicate(subscriber.snapshot()));
    for (const subscriber of chosen) subscriber.close(reason);
    return chosen.length;
  }

  /**
   * Sends an `event: heartbeat` now to everyone whose topics include `heartbeat`. Connections are kept alive without
   * it: whoever was sent nothing for `heartbeatMs` gets a heartbeat or a comment by itself.
   */
  heartbeat(): void {
    this.streams.upkeep.beat();
  }

  /** @throws whatever the log throws when it does not answer. */
  async stats(): Promise<BroadcasterStats> {
    const { gaps, disconnects, ...counters } = this.counters;
    return {
      ...counters,
      gaps: { ...gaps },
      disconnects: { ...disconnects },
      status: this.status,
      ...this.streams.stats(),
      groups: this.fanOut.groupCount,
      windowSize: this.fanOut.window?.size ?? 0,
      windowBytes: this.fanOut.window?.bytes ?? 0,
      pendingReads: this.replay.pendingReads,
      log: await this.log.stats(),
    };
  }

  /**
   * Ends every stream and stops following the log.
   *
   * Streams end at moments spread evenly over `overMs`, each with a `closing` event and a `retry` of its own, so that
   * the reconnects come as a trickle and not as a wave. Nothing is lost: a client comes back with the id of the last
   * event it received. From the first call on `subscribe` is refused; `publish` works until the promise settles. A
   * second call returns the promise of the first.
   *
   * @param options.overMs - Time to spread the endings over, in milliseconds. `0` ends them at once.
   * @defaultValue `overMs`: `0`
   * @returns Settles when the last connection has left or was cut; a log that fails to close goes to `onError`.
   */
  close({ overMs = 0 }: { readonly overMs?: number } = {}): Promise<void> {
    // Not begun in this very call: a hook that it runs may close again, and has to find this promise.
    this.closing ??= Promise.resolve().then(() => this.shutDown(overMs));
    return this.closing;
  }

  private async shutDown(overMs: number): Promise<void> {
    this.fanOut.flush();
    await this.streams.end(overMs);
    this.follower.stop();
    this.closed = true;
    if (this.ownsLog) await this.log.close().catch((error: unknown) => this.report(error, 'close'));
  }

  private createFanOut(): FanOut {
    return new FanOut({
      ...this.bounds,
      maxHeldBytes: this.bounds.maxQueueBytes,
      environment: this.environment,
      compare: (a, b) => this.log.compare(a, b),
      onShown: (entries, matched, delivered) => {
        this.counters.shown += entries;
        this.counters.matched += matched;
        this.counters.delivered += delivered;
      },
    });
  }

  private createReplay(): Replay {
    return new Replay({
      log: this.log,
      fanOut: this.fanOut,
      environment: this.environment,
      pageSize: this.bounds.replayPageSize,
      maxReads: this.bounds.maxReplayReads,
      afterGap: this.bounds.afterGap,
      onReplayed: (events) => {
        this.counters.replayed += events;
        this.counters.delivered += events;
      },
      onError: (error) => this.report(error, 'replay'),
    });
  }

  private createFollower(): TailFollower {
    return new TailFollower({
      log: this.log,
      environment: this.environment,
      pageSize: this.bounds.replayPageSize,
      newestId: () => this.fanOut.window?.newestId,
      onStart: (position) => this.fanOut.open(position),
      onEntries: (entries) => this.fanOut.hold(entries),
      onLost: (entries, position) => this.fanOut.lose(entries, position),
      onError: (error) => this.report(error, 'tail'),
    });
  }

  /** A hook is the application's: what it throws, or rejects with, must not reach the streams. */
  private call(hook: () => unknown): void {
    try {
      ignoreRejection(hook(), (error) => this.report(error, 'hook'));
    } catch (error) {
      this.report(error, 'hook');
    }
  }

  private report(error: unknown, during: ErrorContext['during']): void {
    this.counters.errors++;
    const { onError = logError } = this.hooks;
    try {
      // Where the reporter itself fails there is nobody left to tell.
      ignoreRejection(onError(error, { during }), () => undefined);
    } catch {}
  }
}
