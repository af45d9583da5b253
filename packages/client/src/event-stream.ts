import { openOwn } from './connection.ts';
import { CursorKeeper } from './cursor-keeper.ts';
import { StreamError } from './errors.ts';
import { Handlers } from './handlers.ts';
import { compareIds, IdMemory } from './id-memory.ts';
import { fieldsOf, parseData } from './json.ts';
import type { Link } from './link.ts';
import { MessageLoop } from './message-loop.ts';
import { watchPage } from './page.ts';
import { openShared } from './shared-connection.ts';
import type { RawEvent } from './source.ts';
import { checkTopics, type StreamSettings, streamSettings } from './stream-options.ts';
import { StreamStore } from './stream-store.ts';
import { topicOf } from './topics.ts';
import type {
  AnyMessage,
  EventStreamOptions,
  GapEvent,
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
import { validationIssues } from './validation.ts';

const EVENT_NAMES = new Set(['gap', 'status', 'error', 'heartbeat', 'system']);

/** Something received, in its turn: what it calls, and the cursor that is handled with it. */
interface Delivery {
  readonly id: string;
  deliver(): readonly Promise<unknown>[];
}

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
  readonly #queue: Delivery[] = [];
  readonly #store: StreamStore;
  readonly #ids: IdMemory;
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
  #handled: string;
  #previousId = '';
  /** The newest id of the log when the connection began: up to it, messages are replayed. */
  #replayUntil: string | undefined;
  #waiters: { resolve(): void; reject(error: unknown): void }[] = [];
  #isHub = false;
  #isBusy = false;
  #lastError: StreamError | undefined;
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string | URL, options: EventStreamOptions<Topics> = {}) {
    this.#options = options;
    this.#settings = streamSettings(url, options as EventStreamOptions<never>);
    this.#ids = new IdMemory(this.#settings.dedupeSize);
    this.#store = new StreamStore({ state: 'connecting', reason: 'start', attempt: 1 });
    if (options.onGap !== undefined) this.#handlers.add('gap', options.onGap);
    if (options.resume)
      this.#keeper = new CursorKeeper(
        options.resume === true ? {} : options.resume,
        `sse:${this.#settings.url}?${options.topics?.join() ?? ''}`,
        () => this.lastEventId,
        (cause) =>
          this.#report(new StreamError('storage', 'The cursor could not be kept or read', { cause })),
      );
    this.#handled = this.#keeper?.read() ?? options.lastEventId ?? '';
    const open = options.shared ? openShared : openOwn;
    this.#link = open(this.#settings, options.topics, this.#handled, {
      received: (raw) => this.#received(raw),
      changed: (status) => this.#changed(status),
      failed: (error) => this.#report(error),
    });
    this.#unwatchPage = watchPage({
      woken: () => this.#link.wake(),
      hidden: () => this.#hidden(),
      shown: () => this.#shown(),
    });
    options.signal?.addEventListener('abort', this.#close);
    if (options.signal?.aborted) this.close();
    else this.#link.start();
  }

  /** What the connection does, and why. */
  get status(): StreamStatus {
    return this.#store.getSnapshot().status;
  }

  get counters(): StreamCounters {
    return { ...this.#counters, pending: this.#queue.length };
  }

  /** The cursor of what was handled: a stream opened with it as `lastEventId` goes on right after. */
  get lastEventId(): string {
    const isBehind = this.#isBusy || this.#queue.length > 0 || this.status.state === 'closed';
    return isBehind ? this.#handled : this.#link.cursor;
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
    if (options.signal?.aborted || this.status.state === 'closed') loop.finish();
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
    checkTopics(topics);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#link.setTopics(topics);
      this.#settle(this.status);
    });
  }

  /** Drops the connection and comes back at once: with its cursor, or with the one given. */
  reconnect({ lastEventId }: { readonly lastEventId?: string } = {}): void {
    this.#link.reconnect(lastEventId);
  }

  /** Closes the connection until `resume`. The cursor is kept; what was received is still handled. */
  pause(): void {
    this.#link.pause('asked');
  }

  resume(): void {
    this.#link.resume('asked');
  }

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
    if (status.state === 'closed') this.#handled = this.lastEventId;
    this.#store.setStatus(status);
    void this.#call('status', status);
    this.#settle(status);
    if (status.state !== 'closed') return;
    this.#keeper?.flush();
    this.#queue.length = 0;
    clearTimeout(this.#hiddenTimer);
    this.#unwatchPage();
    this.#options.signal?.removeEventListener('abort', this.#close);
    for (const loop of [...this.#loops])
      loop.finish(status.reason === 'closed' ? undefined : this.#lastError);
    this.#handlers.clear();
  }

  #received({ event, data: text, id }: RawEvent): void {
    const data = parseData(text);
    // A server that numbers only some of its events repeats the last id with the others; a hub numbers every message.
    const hasOwnId = id !== '' && (this.#isHub || id !== this.#previousId);
    this.#previousId = id;
    if (event === 'system') return this.#receivedSystem(fieldsOf(data), id);
    if (event === 'heartbeat') return this.#enqueue({ id, deliver: () => this.#call('heartbeat', data) });
    const topic = topicOf(event, data);
    if (hasOwnId && !this.#isNew(id)) return;
    this.#enqueue({ id, deliver: () => this.#deliver({ id, topic, event, data }, text.length) });
  }

  #receivedSystem(fields: Readonly<Record<string, unknown>>, id: string): void {
    const { type, resume, newest } = fields;
    if (type === 'connected') {
      this.#isHub = true;
      this.#replayUntil = undefined;
    }
    if ((type === 'gap' || resume === 'resumed') && typeof newest === 'string') this.#replayUntil = newest;
    if (type === 'gap') this.#ids.forgetOrder();
    this.#enqueue({
      id,
      deliver: () => [...(type === 'gap' ? this.#deliverGap(fields) : []), ...this.#call('system', fields)],
    });
  }

  #isNew(id: string): boolean {
    const verdict = this.#ids.take(id);
    if (verdict === 'repeat') this.#counters.repeats += 1;
    if (verdict === 'out_of_order')
      this.#report(new StreamError('out_of_order', `The id ${id} came after a higher one`));
    if (this.#replayUntil !== undefined) {
      if ((compareIds(id, this.#replayUntil) ?? 1) > 0) this.#replayUntil = undefined;
      else if (verdict !== 'repeat') this.#counters.replayed += 1;
    }
    return verdict !== 'repeat';
  }

  #enqueue(delivery: Delivery): void {
    if (this.status.state === 'closed') return;
    this.#queue.push(delivery);
    if (this.#queue.length >= this.#settings.maxPending) this.#link.pause('pending');
    if (!this.#isBusy) this.#drain();
  }

  /** Delivers in order, without a turn in between where no handler is async. */
  #drain(): void {
    this.#isBusy = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { id } = next;
      const waits = next.deliver();
      if (waits.length > 0) {
        void Promise.all(waits).then(() => {
          this.#finished(id);
          this.#drain();
        });
        return;
      }
      this.#finished(id);
    }
    this.#isBusy = false;
    this.#link.resume('pending');
  }

  #finished(id: string): void {
    if (id !== '') this.#handled = id;
    if (this.status.state !== 'closed') this.#keeper?.touch();
  }

  #deliver(message: StreamMessage, length: number): readonly Promise<unknown>[] {
    const { topic, data } = message;
    const schema = this.#options.schemas?.[topic as Topic<Topics>];
    const issues = schema === undefined ? undefined : validationIssues(topic, schema, data);
    if (issues !== undefined) {
      this.#report(issues);
      return [];
    }
    this.#counters.messages += 1;
    this.#counters.dataLength += length;
    const waits = [...this.#call(`topic:${topic}`, data, message), ...this.#call('topic:*', data, message)];
    this.#store.setLatest(topic, data);
    return waits;
  }

  #deliverGap({ reason, requested, oldest, newest }: Readonly<Record<string, unknown>>): Promise<unknown>[] {
    this.#counters.gaps += 1;
    const work: Promise<unknown>[] = [];
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    const gap: GapEvent = {
      reason: text(reason) ?? 'unknown',
      requested: text(requested),
      oldest: text(oldest),
      newest: text(newest),
      resync: (promise) => void work.push(Promise.resolve(promise).catch(this.#handlerFailed)),
    };
    const waits = this.#call('gap', gap);
    // A handler may ask for time only after a wait of its own.
    if (waits.length > 0) waits.push(Promise.all(waits).then(() => Promise.all(work)));
    return [...waits, ...work];
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

  #hidden(): void {
    this.#keeper?.flush();
    if (this.#options.whenHidden !== 'release') return;
    clearTimeout(this.#hiddenTimer);
    this.#hiddenTimer = setTimeout(() => this.#link.pause('hidden'), this.#settings.hiddenGraceMs);
  }

  #shown(): void {
    clearTimeout(this.#hiddenTimer);
    this.#link.resume('hidden');
  }
}

/** Where no handler listens for it, as the platform does with what a listener throws; but the process goes on. */
function reportUncaught(cause: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(cause);
  else console.error(cause);
}

/**
 * Opens a stream of events.
 *
 * @param url - of the server's `/stream`; relative to the page, where there is one.
 * @throws TypeError for an option that is not as expected; DOMException `SyntaxError` for an URL that can't be parsed.
 *
 * @example
 * ```ts
 * const stream = openEventStream<{ metric: { name: string; value: number } }>('http://localhost:8000/stream', {
 *   topics: ['metric'],
 * });
 * stream.on('metric', ({ name, value }, { id }) => console.log(id, name, value));
 * stream.on('gap', ({ reason }) => console.log('fetch your state anew:', reason));
 * ```
 */
export function openEventStream<Topics extends object = TopicMap>(
  url: string | URL,
  options: EventStreamOptions<Topics> = {},
): EventStream<Topics> {
  return new EventStream<Topics>(url, options);
}
