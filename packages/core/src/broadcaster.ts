import {
  BROADCASTER_DEFAULTS,
  BROADCASTER_RULES,
  type BroadcasterBounds,
  type BroadcasterOptions,
} from './broadcaster-options.ts';
import { checkCount, checkOptions } from './checks.ts';
import type { Client } from './client.ts';
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
import { Hub } from './hub.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import type { BroadcasterCounts, BroadcasterStats, BroadcasterStatus } from './stats.ts';
import { createStreams, type Streams } from './streams.ts';
import type { SubscribeRequest, Subscription, TypedInput } from './subscription.ts';
import type { ClosingReason } from './system-events.ts';

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
  readonly #streams: Streams;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** @throws SseError `invalid-option`, naming the option, what was expected and what was found. */
  constructor(options: BroadcasterOptions<Topics> = {}) {
    const { log, schemas = {}, hooks = {}, environment = systemEnvironment, ...given } = options;
    const bounds = checkOptions<BroadcasterBounds>(given, BROADCASTER_DEFAULTS, BROADCASTER_RULES);
    const hub = new Hub(bounds, environment, log ?? new MemoryEventLog({ environment }), hooks);
    this.#hub = hub;
    this.#ownsLog = log === undefined;
    this.#inputOptions = { ...bounds, schemas };
    this.#streams = createStreams(hub);
  }

  get status(): BroadcasterStatus {
    if (this.#closing !== undefined) return this.#closed ? 'closed' : 'closing';
    if (this.#hub.running) return 'running';
    return this.#hub.window.shownId ? 'log_unavailable' : 'starting';
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
    const hub = this.#hub;
    if (this.#closed) throw new SseError('closed', 'The broadcaster has been closed');
    const inputs = typeof first === 'string' ? [{ ...options, topic: first, data }] : [first].flat();
    checkCount('invalid-event', 'events', inputs.length, hub.bounds.maxBatchSize);
    const events = inputs.map((input) => parseEvent(input, this.#inputOptions));
    const ids = await hub.inTime(hub.log.append(events)).catch(rethrowUnavailable);
    hub.counters.published += ids.length;
    hub.tell('onPublish', events, ids);
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
    return this.#streams.subscribe(request);
  }

  /** Open connections, the oldest first. `offset` and `limit` choose a part of them. */
  clients({
    offset = 0,
    limit = Infinity,
  }: {
    readonly offset?: number;
    readonly limit?: number;
  } = {}): readonly Client[] {
    const chosen = [...this.#streams.subscribers.values()].slice(offset, offset + limit);
    return chosen.map(({ client }) => client);
  }

  /** Number of open connections. */
  get size(): number {
    return this.#streams.subscribers.size;
  }

  /** Ends the streams of all clients for which `predicate` is true, telling them why. Answers how many. */
  disconnect(predicate: (client: Client) => boolean, reason: ClosingReason = 'revoked'): number {
    const chosen = [...this.#streams.subscribers.values()].filter(({ client }) => predicate(client));
    for (const subscriber of chosen) subscriber.close(reason);
    return chosen.length;
  }

  /**
   * Sends an `event: heartbeat` now to everyone whose topics include `heartbeat`. Connections are kept alive without
   * it: whoever was sent nothing for `heartbeatMs` gets a heartbeat or a comment by itself.
   *
   * @param clients - How many clients it tells of, where there are others than these.
   * @defaultValue `size`
   */
  heartbeat(clients: number = this.size): void {
    this.#streams.upkeep.heartbeat(clients);
  }

  /** State and counters, of which the log has no part: there while it does not answer, too. */
  counts(): BroadcasterCounts {
    const { counters, window } = this.#hub;
    return {
      ...structuredClone(counters),
      status: this.status,
      ...this.#streams.stats(),
      windowSize: window.size,
      windowBytes: window.bytes,
    };
  }

  /** State and counters, and what the log holds. @throws whatever the log throws when it does not answer. */
  async stats(): Promise<BroadcasterStats> {
    return { log: await this.#hub.log.stats(), ...this.counts() };
  }

  /**
   * Ends every stream and stops running the log.
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
    this.#closing ??= this.#shutDown(overMs);
    return this.#closing;
  }

  async #shutDown(overMs: number): Promise<void> {
    await Promise.resolve(); // what ends with the streams may call `close` again, and has to find this promise
    await this.#streams.end(overMs);
    this.#closed = true;
    if (this.#ownsLog)
      await this.#hub.log.close().catch((error: unknown) => this.#hub.report(error, 'close'));
  }
}
