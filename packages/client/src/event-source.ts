import { absoluteUrl } from './absolute-url.ts';
import { EventDecoder } from './event-decoder.ts';
import { headerValue } from './header-value.ts';

/** Why a connection ended. After `status`, `content_type` and `redirect` there is no other attempt. */
export type ConnectionErrorReason =
  | 'network'
  | 'ended'
  | 'status'
  | 'content_type'
  | 'redirect'
  | 'too_large';

/** The `error` event of a {@link FetchEventSource}, with what the standard's event leaves out. */
export class ConnectionErrorEvent extends Event {
  /** @internal */
  constructor(
    readonly reason: ConnectionErrorReason,
    /** The answer, where there was one. Its body is not for reading. */
    readonly response?: Response | undefined,
    /** What `fetch` or the body threw. */
    readonly cause?: unknown,
  ) {
    super('error');
  }
}

export interface FetchEventSourceInit extends EventSourceInit {
  /** Sent with each attempt; they do not follow to another origin when a reconnect could go there directly. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** @defaultValue `'GET'` */
  readonly method?: string | undefined;
  /** Sent anew with each attempt, so no stream. */
  readonly body?: string | Uint8Array<ArrayBuffer> | Blob | FormData | URLSearchParams | undefined;
  /** @defaultValue the global `fetch` */
  readonly fetch?: typeof fetch | undefined;
  /** Where to begin. @defaultValue `''` */
  readonly lastEventId?: string | undefined;
  /** The wait before a reconnect, until the server sets another. @defaultValue `3_000` milliseconds */
  readonly reconnectionTime?: number | undefined;
  /** Longest event, in characters; beyond it the connection is closed and made anew. @defaultValue `8_388_608` */
  readonly maxEventSize?: number | undefined;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;
const DEFAULT_RECONNECTION_MS = 3_000;
/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_MAX_EVENT_SIZE = 8 * 1024 * 1024;
const EVENT_STREAM = /^[\t\n\r ]*text\/event-stream[\t\n\r ]*(;|$)/i;

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
  readonly #init: FetchEventSourceInit;
  readonly #headers: Headers;
  readonly #handlers = new Map<string, Handler<never>>();
  #requestUrl: string;
  #readyState = CONNECTING;
  #lastEventId: string;
  #reconnectionTime: number;
  #lastByteAt = 0;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param url - relative to the page, where there is one.
   * @throws DOMException `SyntaxError` for an URL that can't be parsed; TypeError for a header that can't be sent.
   */
  constructor(url: string | URL, init: FetchEventSourceInit = {}) {
    super();
    this.#url = this.#requestUrl = absoluteUrl(url);
    this.#init = init;
    this.#headers = new Headers(init.headers);
    this.#lastEventId = init.lastEventId ?? '';
    this.#reconnectionTime = init.reconnectionTime ?? DEFAULT_RECONNECTION_MS;
    // Not in this turn: whoever constructs it has to be able to listen first.
    queueMicrotask(() => void this.#connect());
  }

  get url(): string {
    return this.#url;
  }
  get withCredentials(): boolean {
    return this.#init.withCredentials ?? false;
  }
  get readyState(): number {
    return this.#readyState;
  }
  /** The id to come back with: of the last block that had one, whether it fired an event or not. */
  get lastEventId(): string {
    return this.#lastEventId;
  }
  /** The wait before a reconnect, in milliseconds; the server sets it by `retry`. */
  get reconnectionTime(): number {
    return this.#reconnectionTime;
  }
  /** `Date.now()` when the last bytes came, comments counted in; 0 before any. */
  get lastByteAt(): number {
    return this.#lastByteAt;
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
    this.#abort.abort();
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
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    let response: Response | undefined;
    let error: ConnectionErrorEvent;
    try {
      response = await (this.#init.fetch ?? globalThis.fetch)(this.#requestUrl, this.#request(signal));
      if (signal.aborted) return;
      error = await this.#read(response);
    } catch (cause) {
      error = new ConnectionErrorEvent('network', response, cause);
    }
    if (signal.aborted) return;
    // Frees the connection where its body was not read to the end.
    this.#abort.abort();
    const failed = /status|content_type|redirect/.test(error.reason);
    this.#readyState = failed ? CLOSED : CONNECTING;
    this.dispatchEvent(error);
    if (this.#readyState === CONNECTING)
      this.#timer = setTimeout(() => void this.#connect(), this.#reconnectionTime);
  }

  #request(signal: AbortSignal): RequestInit {
    const { method = 'GET', body, withCredentials } = this.#init;
    const headers = new Headers(this.#headers);
    headers.set('Accept', 'text/event-stream');
    const cursor = headerValue(this.#lastEventId);
    if (cursor) headers.set('Last-Event-ID', cursor);
    return {
      method,
      ...(body !== undefined && { body }),
      headers,
      signal,
      cache: 'no-store',
      credentials: withCredentials ? 'include' : 'same-origin',
    };
  }

  /** Reads a response to its end; answers why it is over. */
  async #read(response: Response): Promise<ConnectionErrorEvent> {
    const over = (reason: ConnectionErrorReason) => new ConnectionErrorEvent(reason, response);
    const { origin, href, protocol } = new URL(response.url || this.#requestUrl);
    const asked = new URL(this.#requestUrl);
    if (asked.protocol === 'https:' && protocol !== 'https:') return over('redirect');
    if (response.status !== 200) return over('status');
    if (!EVENT_STREAM.test(response.headers.get('Content-Type') ?? '')) return over('content_type');
    // The standard reconnects to where redirects led; headers of ours are meant for the origin they were given for.
    if (this.#init.headers === undefined || origin === asked.origin) this.#requestUrl = href;

    this.#lastByteAt = Date.now();
    this.#readyState = OPEN;
    this.dispatchEvent(new Event('open'));
    const decoder = new EventDecoder(this.#lastEventId, this.#init.maxEventSize ?? DEFAULT_MAX_EVENT_SIZE);
    const reader = response.body?.getReader();
    while (reader !== undefined && this.#readyState === OPEN) {
      const { done, value } = await reader.read();
      if (done) break;
      this.#lastByteAt = Date.now();
      const blocks = decoder.feed(value);
      if (decoder.retryMs !== undefined) this.#reconnectionTime = Math.min(decoder.retryMs, MAX_TIMER_MS);
      for (const { event, data, lastEventId } of blocks) {
        if (this.#readyState !== OPEN) break;
        this.#lastEventId = lastEventId;
        if (data === undefined) continue;
        this.dispatchEvent(new MessageEvent(event, { data, lastEventId, origin }));
        // Each event is a task of its own in the standard: what a handler left to a microtask runs before the next.
        await undefined;
      }
      if (decoder.overflowed) return over('too_large');
    }
    return over('ended');
  }
}

for (const target of [FetchEventSource, FetchEventSource.prototype])
  for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSED }))
    Object.defineProperty(target, name, { value, enumerable: true });
