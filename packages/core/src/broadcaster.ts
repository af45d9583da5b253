import type { QueueBounds } from './backlog.ts';
import {
  BROADCASTER_DEFAULTS,
  BROADCASTER_RULES,
  type BroadcasterBounds,
  type BroadcasterOptions,
} from './broadcaster-options.ts';
import { checkCount, checkOptions } from './checks.ts';
import { type Client, parseClient } from './client.ts';
import { MAX_TIMER_MS, systemEnvironment } from './environment.ts';
import { refusal, rethrowUnavailable, SseError } from './errors.ts';
import {
  type EventInputOptions,
  type EventOptions,
  type PublishInput,
  parseEvent,
  type TopicMap,
} from './event-input.ts';
import type { EventId } from './event-log.ts';
import { FanOut } from './fan-out.ts';
import { Hub } from './hub.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { Replay } from './replay.ts';
import type { BroadcasterStats, BroadcasterStatus } from './stats.ts';
import { Streams } from './streams.ts';
import type { SubscribeRequest, Subscription, TypedInput } from './subscription.ts';
import type { ClosingReason, DisconnectReason } from './system-events.ts';
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
export class Broadcaster<Topics extends object = TopicMap> {
  readonly #hub: Hub;
  readonly #inputOptions: EventInputOptions;
  readonly #ownsLog: boolean;
  readonly #fanOut: FanOut;
  readonly #follower: TailFollower;
  readonly #replay: Replay;
  readonly #streams: Streams;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** @throws SseError `invalid-option`, naming the option, what was expected and what was found. */
  constructor(options: BroadcasterOptions<Topics> = {}) {
    const { log, schemas = {}, hooks = {}, environment = systemEnvironment, ...bounds } = options;
    const checked = checkOptions<BroadcasterBounds>(bounds, BROADCASTER_DEFAULTS, BROADCASTER_RULES);
    const hub = new Hub(checked, environment, log ?? new MemoryEventLog({ environment }), hooks);
    this.#hub = hub;
    this.#inputOptions = { maxEventBytes: checked.maxEventBytes, schemas };
    this.#ownsLog = log === undefined;
    this.#fanOut = new FanOut(hub);
    this.#replay = new Replay(hub, this.#fanOut);
    this.#streams = new Streams(hub, this.#fanOut, this.#replay);
    this.#follower = new TailFollower(hub, this.#fanOut);
  }

  get status(): BroadcasterStatus {
    if (this.#closing !== undefined) return this.#closed ? 'closed' : 'closing';
    if (this.#follower.following) return 'running';
    return this.#hub.window === undefined ? 'starting' : 'log_unavailable';
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
    const { bounds, counters, log } = this.#hub;
    if (this.#closed) throw new SseError('closed', 'The broadcaster has been closed');
    const inputs = typeof first === 'string' ? [{ ...options, topic: first, data }] : [first].flat();
    checkCount('invalid-event', 'events', inputs.length, bounds.maxBatchSize);
    const events = inputs.map((input) => parseEvent(input, this.#inputOptions));
    const ids = await this.#hub.inTime(log.append(events)).catch(rethrowUnavailable);
    counters.published += ids.length;
    this.#hub.tell('onPublish', events, ids);
    return ids;
  }

  /**
   * Opens a stream: what was missed since `lastEventId`, then everything new.
   *
   * @throws SseError `invalid-topic`, `invalid-client`, `invalid-option`, `too-many-subscribers`, `log-unavailable` or
   * `closed`; `open` has then not been called. What `open` throws is passed on.
   */
  async subscribe(request: SubscribeRequest): Promise<Subscription> {
    if (this.#closing !== undefined) throw new SseError('closed', 'The broadcaster is closing');
    const { topics, allowedTopics, client, expiresAt } = request;
    const { maxQueueSize, maxQueueBytes, queuePolicy } = request;
    const { bounds } = this.#hub;
    // One that is not a number would be taken for never.
    if (expiresAt !== undefined && !(Number.isFinite(expiresAt) && expiresAt >= 0))
      throw refusal('invalid-option', '`expiresAt`', 'a number of at least 0', expiresAt);
    const checked = {
      filter: new TopicFilter(topics, allowedTopics),
      identity: parseClient(client),
      queue: checkOptions<QueueBounds>(
        { maxQueueSize, maxQueueBytes, queuePolicy },
        pick(bounds),
        BROADCASTER_RULES,
      ),
      expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
    };
    return this.#streams.reserve(async () => {
      await this.#follower.opened();
      const start = await this.#replay.begin(request.lastEventId).catch(rethrowUnavailable);
      const subscriber = this.#streams.begin(await request.open(), start, checked);
      return {
        id: subscriber.id,
        get client() {
          return subscriber.snapshot();
        },
        get over() {
          return new Promise<DisconnectReason>((resolve) => subscriber.whenOver(resolve));
        },
        close: (reason) => subscriber.close(reason),
      };
    });
  }

  /** Open connections, the oldest first. `offset` and `limit` choose a part of them. */
  clients(page: { readonly offset?: number; readonly limit?: number } = {}): readonly Client[] {
    return this.#streams.clients(page);
  }

  /** Number of open connections. */
  get size(): number {
    return this.#streams.subscribers.size;
  }

  /** Ends the streams of all clients for which `predicate` is true, telling them why. Answers how many. */
  disconnect(predicate: (client: Client) => boolean, reason: ClosingReason = 'revoked'): number {
    const chosen = [...this.#streams.subscribers.values()].filter((subscriber) =>
      predicate(subscriber.snapshot()),
    );
    for (const subscriber of chosen) subscriber.close(reason);
    return chosen.length;
  }

  /**
   * Sends an `event: heartbeat` now to everyone whose topics include `heartbeat`. Connections are kept alive without
   * it: whoever was sent nothing for `heartbeatMs` gets a heartbeat or a comment by itself.
   */
  heartbeat(): void {
    this.#streams.upkeep.beat();
  }

  /** @throws whatever the log throws when it does not answer. */
  async stats(): Promise<BroadcasterStats> {
    const { counters, window, log } = this.#hub;
    return {
      ...counters,
      gaps: { ...counters.gaps },
      disconnects: { ...counters.disconnects },
      status: this.status,
      ...this.#streams.stats(),
      groups: this.#fanOut.groups.size,
      windowSize: window?.size ?? 0,
      windowBytes: window?.bytes ?? 0,
      pendingReads: this.#replay.pendingReads,
      log: await log.stats(),
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
    if (!(overMs >= 0 && overMs <= MAX_TIMER_MS))
      return Promise.reject(
        refusal('invalid-option', '`overMs`', `a number from 0 to ${MAX_TIMER_MS}`, overMs),
      );
    // Not begun in this very call: a hook that it runs may close again, and has to find this promise.
    this.#closing ??= Promise.resolve().then(() => this.#shutDown(overMs));
    return this.#closing;
  }

  async #shutDown(overMs: number): Promise<void> {
    this.#fanOut.flush();
    await this.#streams.end(overMs);
    this.#follower.stop();
    this.#closed = true;
    if (this.#ownsLog)
      await this.#hub.log.close().catch((error: unknown) => this.#hub.report(error, 'close'));
  }
}

const pick = ({ maxQueueSize, maxQueueBytes, queuePolicy }: QueueBounds): QueueBounds => ({
  maxQueueSize,
  maxQueueBytes,
  queuePolicy,
});
