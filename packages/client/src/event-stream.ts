import { openOwn } from './connection.ts';
import { CursorKeeper } from './cursor-keeper.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { StreamError } from './errors.ts';
import { EventReader, type ReadEvent } from './event-reader.ts';
import { readGap } from './gap.ts';
import { Handlers, reportUncaught } from './handlers.ts';
import { openShared } from './late-link.ts';
import type { Link } from './link.ts';
import { MessageLoop } from './message-loop.ts';
import { watchPage } from './page.ts';
import type { RawEvent } from './source.ts';
import { checkOptions, type StreamSettings, streamSettings } from './stream-options.ts';
import { StreamStore } from './stream-store.ts';
import type {
  AnyMessage,
  EventStreamOptions,
  ListenOptions,
  MessageIterator,
  MessagesOptions,
  StreamCounters,
  StreamEvents,
  StreamMessage,
  StreamSnapshot,
  StreamStatus,
  Topic,
  TopicMap,
} from './types.ts';
import { validated } from './validation.ts';

const EVENT_NAMES = new Set(['gap', 'status', 'error', 'heartbeat', 'system']);

/**
 * A stream of events that stays: it reconnects, resumes by cursor, drops repeats, and says where something is missing.
 *
 * Handlers may be async; the next message waits for them. The cursor counts as handled only after that.
 */
export class EventStream<Topics extends object = TopicMap> {
  readonly #options: EventStreamOptions<Topics>;
  readonly #settings: StreamSettings;
  readonly #handlers = new Handlers();
  readonly #loops = new Set<MessageLoop<StreamMessage>>();
  readonly #queue: DeliveryQueue;
  readonly #reader: EventReader;
  readonly #store: StreamStore;
  readonly #link: Link;
  readonly #keeper: CursorKeeper | undefined;
  readonly #unwatchPage: () => void;
  readonly #close = (): void => this.close();
  readonly #counters = {
    messages: 0,
    dataLength: 0,
    connections: 0,
    replayed: 0,
    repeats: 0,
    gaps: 0,
    errors: 0,
  };
  #waiters: { resolve(): void; reject(error: unknown): void }[] = [];
  #lastError: StreamError | undefined;

  constructor(url: string | URL, options: EventStreamOptions<Topics> = {}) {
    this.#options = options;
    this.#settings = streamSettings(url, options as EventStreamOptions<never>);
    this.#reader = new EventReader(this.#settings.dedupeSize);
    this.#store = new StreamStore({ state: 'connecting', reason: 'start', attempt: 1 });
    if (options.onGap !== undefined) this.#handlers.add('gap', options.onGap);
    if (options.resume)
      this.#keeper = new CursorKeeper(
        options.resume === true ? {} : options.resume,
        `sse:${this.#settings.url}?${options.topics?.join() ?? ''}`,
        () => this.lastEventId,
        (error) => this.#report(error),
      );
    const cursor = this.#keeper?.read() ?? options.lastEventId ?? '';
    this.#queue = new DeliveryQueue(cursor, {
      finished: () => this.status.state === 'closed' || this.#keeper?.touch(),
      idle: () => this.#link.resume('pending'),
    });
    const open = options.shared ? openShared : openOwn;
    this.#link = open(this.#settings, options.topics, cursor, {
      received: (raw) => this.#received(raw),
      changed: (status) => this.#changed(status),
      failed: (error) => this.#report(error),
    });
    const page = {
      woken: () => this.#link.wake(),
      hidden: () => this.#keeper?.flush(),
      released: () => this.#link.pause('hidden'),
      restored: () => this.#link.resume('hidden'),
    };
    const { hiddenGraceMs } = this.#settings;
    this.#unwatchPage = watchPage(page, options.whenHidden === 'release' ? hiddenGraceMs : undefined);
    options.signal?.addEventListener('abort', this.#close);
    if (options.signal?.aborted) this.close();
    else this.#link.start();
  }

  /** What the connection does, and why. */
  get status(): StreamStatus {
    return this.#store.status;
  }

  get counters(): StreamCounters {
    return { ...this.#counters, pending: this.#queue.size };
  }

  /** The cursor of what was handled: a stream opened with it as `lastEventId` goes on right after. */
  get lastEventId(): string {
    return this.#queue.isIdle && this.status.state !== 'closed' ? this.#link.cursor : this.#queue.handled;
  }

  /**
   * Calls the handler for each message of a topic (`*`: of every topic), or for what the stream tells of itself.
   *
   * What a handler throws, or its promise is rejected with, is an `error`, and the stream goes on.
   *
   * @returns a function that takes the handler away.
   */
  on<Name extends keyof StreamEvents>(
    name: Name,
    handler: (event: StreamEvents[Name]) => unknown,
    options?: ListenOptions,
  ): () => void;
  on(
    topic: '*',
    handler: (payload: Topics[Topic<Topics>], message: AnyMessage<Topics>) => unknown,
    options?: ListenOptions,
  ): () => void;
  on<T extends Topic<Topics>>(
    topic: T,
    handler: (payload: Topics[T], message: StreamMessage<Topics[T], T>) => unknown,
    options?: ListenOptions,
  ): () => void;
  on(name: string, handler: (...args: never[]) => unknown, { signal }: ListenOptions = {}): () => void {
    if (EVENT_NAMES.has(name)) return this.#handlers.add(name, handler, signal);
    if (name !== '*') this.#link.listen(name);
    return this.#handlers.add(`topic:${name}`, handler, signal);
  }

  /**
   * The messages of a topic, or of all, from this call on, for `for await`. The loop ends when the stream is closed by
   * `close`, and throws when it ended for another reason.
   */
  messages<T extends Topic<Topics>>(
    topic: T,
    options?: MessagesOptions,
  ): MessageIterator<StreamMessage<Topics[T], T>>;
  messages(topic?: '*', options?: MessagesOptions): MessageIterator<AnyMessage<Topics>>;
  messages(topic = '*', options: MessagesOptions = {}): MessageIterator<never> {
    const loop = new MessageLoop<StreamMessage>(options, () => {
      this.#loops.delete(loop);
      off();
    });
    const off = this.#handlers.add(`topic:${topic}`, (_: unknown, message: StreamMessage) =>
      loop.push(message),
    );
    if (topic !== '*') this.#link.listen(topic);
    this.#loops.add(loop);
    if (options.signal?.aborted) loop.finish();
    else if (this.status.state === 'closed') loop.finish(this.#endError());
    return loop as MessageIterator<never>;
  }

  /**
   * Asks for other topics; `undefined` for all. The connection is made anew with the cursor kept, so that nothing is
   * lost and nothing comes twice.
   *
   * @returns a promise that settles when the stream is open with them; it rejects where the stream is closed.
   * @throws TypeError for an empty list, or a pattern with a comma.
   */
  setTopics(topics: readonly string[] | undefined): Promise<void> {
    checkOptions({ topics });
    const settled = new Promise<void>((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#link.setTopics(topics);
      this.#settle(this.status);
    });
    settled.catch(() => undefined); // where nobody waits, `close` must not end a Node process
    return settled;
  }

  /**
   * Drops the connection and comes back at once: with its cursor, or with the one given. What comes
   * again and is remembered is dropped as a repeat. With `shared`, it is the connection of all tabs.
   */
  reconnect({ lastEventId }: { readonly lastEventId?: string } = {}): void {
    this.#link.reconnect(lastEventId);
  }

  /** Closes the connection until `resume`. The cursor is kept; what was received is still handled. */
  readonly pause = (): void => this.#link.pause('asked');

  readonly resume = (): void => this.#link.resume('asked');

  /** Ends it for good: no handler is called again, and loops end. A second call does nothing. */
  close(): void {
    this.#link.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Has the listener called after each change of the snapshot; for `useSyncExternalStore` and its like. */
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /** The state of the connection and the latest payload by topic. The same object until something changes. */
  readonly getSnapshot = (): StreamSnapshot<Topics> => this.#store.getSnapshot() as StreamSnapshot<Topics>;

  /** Whoever waits for other topics has them with the next `open`; a paused stream will ask for them. */
  #settle({ state }: StreamStatus): void {
    if (state === 'connecting' || state === 'waiting') return;
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      if (state === 'closed') reject(new StreamError('closed', 'The stream is closed'));
      else resolve();
    }
  }

  #changed(status: StreamStatus): void {
    if (status.state === 'open' && this.status.state !== 'open') this.#counters.connections += 1;
    // What is dropped with the queue was received, but never handled.
    if (status.state === 'closed') this.#queue.handled = this.lastEventId;
    this.#store.setStatus(status);
    void this.#call('status', status);
    this.#settle(status);
    if (status.state !== 'closed') return;
    this.#keeper?.flush();
    this.#queue.clear();
    this.#unwatchPage();
    this.#options.signal?.removeEventListener('abort', this.#close);
    for (const loop of [...this.#loops]) loop.finish(this.#endError());
    this.#handlers.clear();
  }

  /** What ended the stream, where it was not `close`. */
  #endError(): StreamError | undefined {
    return this.status.reason === 'closed' ? undefined : this.#lastError;
  }

  #received(raw: RawEvent): void {
    if (this.status.state === 'closed') return;
    const read = this.#reader.read(raw);
    if (read.kind === 'repeat') this.#counters.repeats += 1;
    else this.#queue.push({ id: raw.id, deliver: () => this.#deliver(read, raw.data.length) });
    if (this.#queue.size >= this.#settings.maxPending) this.#link.pause('pending');
  }

  #deliver(read: Exclude<ReadEvent, { kind: 'repeat' }>, length: number): readonly Promise<unknown>[] {
    if (read.kind === 'heartbeat') return this.#call('heartbeat', read.data);
    if (read.kind === 'message') return this.#deliverMessage(read, length);
    const { fields } = read;
    return [...(fields['type'] === 'gap' ? this.#deliverGap(fields) : []), ...this.#call('system', fields)];
  }

  #deliverMessage(
    { message, replayed, inOrder }: Extract<ReadEvent, { kind: 'message' }>,
    length: number,
  ): readonly Promise<unknown>[] {
    const { id, topic } = message;
    if (!inOrder) this.#report(new StreamError('out_of_order', `The id ${id} came after a higher one`));
    const checked = validated(this.#options.schemas, topic, message.data);
    if (checked instanceof StreamError) {
      this.#report(checked);
      return [];
    }
    const data = checked.value;
    const given = { ...message, data };
    if (replayed) this.#counters.replayed += 1;
    this.#counters.messages += 1;
    this.#counters.dataLength += length;
    const waits = [...this.#call(`topic:${topic}`, data, given), ...this.#call('topic:*', data, given)];
    this.#store.setLatest(topic, data);
    return waits;
  }

  #deliverGap(fields: Readonly<Record<string, unknown>>): Promise<unknown>[] {
    this.#counters.gaps += 1;
    const { gap, held } = readGap(fields, this.#handlerFailed);
    const waits = this.#call('gap', gap);
    // A handler may ask for more time only after a wait of its own.
    return waits.length === 0 ? held : [Promise.all(waits).then(() => Promise.all(held))];
  }

  #call(name: string, ...args: readonly unknown[]): Promise<unknown>[] {
    return this.#handlers.call(name, args, name === 'error' ? reportUncaught : this.#handlerFailed);
  }

  readonly #handlerFailed = (cause: unknown): void =>
    this.#report(new StreamError('handler', 'A handler failed', { cause }));

  #report(error: StreamError): void {
    this.#counters.errors += 1;
    this.#lastError = error;
    if (this.#handlers.has('error')) void this.#call('error', error);
    else if (error.code === 'handler') reportUncaught(error.cause);
  }
}
