import { absoluteUrl } from './absolute-url.ts';
import { type EndReason, EventRequest, type EventRequestInit, type RequestEnd } from './event-request.ts';

export type { EndReason, EventRequestInit, RequestEnd } from './event-request.ts';

/** The `error` event of a {@link FetchEventSource}, with what the standard's event leaves out. */
export class ConnectionErrorEvent extends Event implements RequestEnd {
  readonly reason: EndReason;
  readonly response: Response | undefined;
  readonly cause: unknown;

  /** @internal */
  constructor({ reason, response, cause }: RequestEnd) {
    super('error');
    this.reason = reason;
    this.response = response;
    this.cause = cause;
  }
}

export type FetchEventSourceInit = EventSourceInit & EventRequestInit;

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;
const DEFAULT_RECONNECTION_MS = 3_000;
const FATAL = new Set<EndReason>(['status', 'content_type', 'redirect']);
/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
type Handler<Type extends Event> = ((this: EventSource, event: Type) => unknown) | null;

export interface FetchEventSourceEventMap {
  open: Event;
  message: MessageEvent<string>;
  error: ConnectionErrorEvent;
}

/** What `EventTarget` can't say of itself: which event a listener gets. Any other name is a message's. */
interface FetchEventSourceTarget extends EventTarget {
  addEventListener<Type extends keyof FetchEventSourceEventMap>(
    type: Type,
    listener: (this: EventSource, event: FetchEventSourceEventMap[Type]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: (this: EventSource, event: MessageEvent<string>) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof FetchEventSourceEventMap>(
    type: Type,
    listener: (this: EventSource, event: FetchEventSourceEventMap[Type]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: (this: EventSource, event: MessageEvent<string>) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}
const TypedTarget = EventTarget as new () => FetchEventSourceTarget;

/**
 * An `EventSource` over `fetch`: the constructor, constants, events and states of the HTML standard (section 9.2), for
 * browsers, Node, Bun and Deno; and request headers, a method, a body.
 *
 * It reconnects as the standard says, after a network error and when the response ends, and stays closed after any
 * status but 200. Its `error` events are {@link ConnectionErrorEvent}s.
 *
 * @example
 * ```ts
 * const source = new FetchEventSource('https://example.com/stream', { headers: { Authorization: 'Bearer …' } });
 * source.addEventListener('data', ({ data, lastEventId }) => console.log(lastEventId, data));
 * ```
 */
export class FetchEventSource extends TypedTarget implements EventSource {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSED: 2;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 2;

  readonly #url: string;
  readonly #withCredentials: boolean;
  readonly #request: EventRequest;
  readonly #handlers = new Map<string, Handler<never>>();
  #readyState = CONNECTING;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param url - relative to the page, where there is one.
   * @throws DOMException `SyntaxError` for an URL that can't be parsed; TypeError for a header that can't be sent.
   */
  constructor(url: string | URL, init: FetchEventSourceInit = {}) {
    super();
    this.#url = absoluteUrl(url);
    this.#withCredentials = init.withCredentials ?? false;
    this.#request = new EventRequest(this.#url, init);
    // Not in this turn: whoever constructs it has to be able to listen first.
    queueMicrotask(() => void this.#connect());
  }

  get url(): string {
    return this.#url;
  }
  get withCredentials(): boolean {
    return this.#withCredentials;
  }
  get readyState(): number {
    return this.#readyState;
  }
  /** The id to come back with: of the last block that had one, whether it fired an event or not. */
  get lastEventId(): string {
    return this.#request.lastEventId;
  }
  /** The wait before a reconnect, in milliseconds; the server sets it by `retry`. */
  get reconnectionTime(): number {
    return Math.min(this.#request.retryMs ?? DEFAULT_RECONNECTION_MS, MAX_TIMER_MS);
  }
  /** `Date.now()` when the last bytes came, comments counted in; 0 before any. */
  get lastByteAt(): number {
    return this.#request.lastByteAt;
  }

  get onopen(): Handler<Event> {
    return this.#handler('open');
  }
  set onopen(handler: Handler<Event>) {
    this.#setHandler('open', handler);
  }
  get onmessage(): Handler<MessageEvent> {
    return this.#handler('message');
  }
  set onmessage(handler: Handler<MessageEvent>) {
    this.#setHandler('message', handler);
  }
  get onerror(): Handler<Event> {
    return this.#handler('error');
  }
  set onerror(handler: Handler<Event>) {
    this.#setHandler('error', handler);
  }

  /** Aborts the request or the wait; no event follows, not even from bytes already here. A second call does nothing. */
  close(): void {
    this.#readyState = CLOSED;
    clearTimeout(this.#timer);
    this.#request.abort();
  }

  #handler<Type extends Event>(type: string): Handler<Type> {
    return (this.#handlers.get(type) ?? null) as Handler<Type>;
  }

  #setHandler(type: string, handler: unknown): void {
    if (!this.#handlers.has(type))
      this.addEventListener(type, (event) => this.#handlers.get(type)?.call(this, event as never));
    this.#handlers.set(type, typeof handler === 'function' ? (handler as Handler<never>) : null);
  }

  async #connect(): Promise<void> {
    if (this.#readyState === CLOSED) return;
    const end = await this.#request.send({
      opened: () => {
        this.#readyState = OPEN;
        this.dispatchEvent(new Event('open'));
      },
      received: ({ event, data, id }, origin) =>
        this.dispatchEvent(new MessageEvent(event, { data, lastEventId: id, origin })),
    });
    if (end === undefined) return;
    this.#readyState = FATAL.has(end.reason) ? CLOSED : CONNECTING;
    this.dispatchEvent(new ConnectionErrorEvent(end));
    if (this.#readyState === CONNECTING)
      this.#timer = setTimeout(() => void this.#connect(), this.reconnectionTime);
  }
}

for (const target of [FetchEventSource, FetchEventSource.prototype])
  for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSED }))
    Object.defineProperty(target, name, { value, enumerable: true });
