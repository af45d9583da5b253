import { type Block, EventDecoder } from './event-decoder.ts';
import { headerValue } from './header-value.ts';

/** Why a connection ended. After `status`, `content_type` and `redirect` the standard makes no other attempt. */
export type EndReason = 'network' | 'ended' | 'status' | 'content_type' | 'redirect' | 'too_large';

export interface RequestEnd {
  readonly reason: EndReason;
  /** The answer, where there was one. Its body is not for reading. */
  readonly response?: Response | undefined;
  /** What `fetch` or the body threw. */
  readonly cause?: unknown;
}

export interface EventRequestInit {
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
  /** Longest event, in characters; beyond it the connection is closed and made anew. @defaultValue `8_388_608` */
  readonly maxEventSize?: number | undefined;
  readonly withCredentials?: boolean | undefined;
  /** Added to `Accept`: a server that sees nothing but `text/event-stream` may answer an error as a stream that ends. */
  readonly accept?: string | undefined;
}

/** A block that is an event. */
export interface DataBlock extends Block {
  readonly data: string;
  /** The last event id with it; `''` without one. */
  readonly id: string;
  /** Whether it came with that id. */
  readonly hasOwnId: boolean;
}

export interface EventRequestListener {
  opened(): void;
  /** A block with data: an event of this origin. */
  received(block: DataBlock, origin: string): void;
}

const DEFAULT_MAX_EVENT_SIZE = 8 * 1024 * 1024;
const IS_BROWSER = 'document' in globalThis || 'WorkerGlobalScope' in globalThis;
const EVENT_STREAM = /^[\t\n\r ]*text\/event-stream[\t\n\r ]*(;|$)/i;

/** A request for an event stream, sent as often as wanted: one attempt at a time, each from the last id of the one before. */
export class EventRequest {
  /** Of the last block that had one, whether it was an event or not. */
  lastEventId: string;
  /** The server's last `retry`, in milliseconds. */
  retryMs: number | undefined;
  /** `Date.now()` when the last bytes came, comments counted in; 0 before any. */
  lastByteAt = 0;
  #url: string;
  readonly #init: EventRequestInit;
  readonly #headers: Headers;
  #abort = new AbortController();

  /**
   * @param url - absolute.
   * @throws TypeError for a header that can't be sent.
   */
  constructor(url: string, init: EventRequestInit) {
    this.#url = url;
    this.#init = init;
    this.#headers = new Headers(init.headers);
    this.lastEventId = init.lastEventId ?? '';
  }

  /** Ends the attempt under way: nothing more is heard of it, not even of bytes already here. */
  abort(): void {
    this.#abort.abort();
  }

  /** Sends it and reads the answer to its end. `undefined` where it was aborted; never rejects. */
  async send(listener: EventRequestListener): Promise<RequestEnd | undefined> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    let response: Response | undefined;
    let end: RequestEnd;
    try {
      response = await (this.#init.fetch ?? globalThis.fetch)(this.#url, this.#requestInit(signal));
      end = { reason: await this.#read(response, signal, listener), response };
    } catch (cause) {
      end = { reason: 'network', response, cause };
    }
    if (signal.aborted) return undefined;
    this.abort(); // frees the connection of a body that was not read to its end
    return end;
  }

  #requestInit(signal: AbortSignal): RequestInit {
    const { method, body, withCredentials, accept = '' } = this.#init;
    const headers = new Headers(this.#headers);
    headers.set('Accept', `text/event-stream${accept}`);
    // Bun and Deno do not heed `cache` below. In a browser the header would cost a preflight.
    if (!IS_BROWSER) headers.set('Cache-Control', 'no-cache');
    const cursor = headerValue(this.lastEventId);
    if (cursor) headers.set('Last-Event-ID', cursor);
    return {
      method: method as string, // absent is GET
      ...(body !== undefined && { body }),
      headers,
      signal,
      cache: 'no-store',
      credentials: withCredentials ? 'include' : 'same-origin',
    };
  }

  async #read(response: Response, signal: AbortSignal, listener: EventRequestListener): Promise<EndReason> {
    const asked = new URL(this.#url);
    const { origin, href, protocol } = new URL(response.url || this.#url);
    if (asked.protocol === 'https:' && protocol !== 'https:') return 'redirect';
    if (response.status !== 200) return 'status';
    if (!EVENT_STREAM.test(response.headers.get('Content-Type') ?? '')) return 'content_type';
    if (signal.aborted) return 'ended';
    // The standard reconnects to where redirects led; headers of ours are meant for the origin they were given for.
    if (this.#init.headers === undefined || origin === asked.origin) this.#url = href;

    this.lastByteAt = Date.now();
    listener.opened();
    const decoder = new EventDecoder(this.#init.maxEventSize ?? DEFAULT_MAX_EVENT_SIZE);
    const reader = response.body?.getReader();
    while (reader !== undefined && !signal.aborted) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) break;
      this.lastByteAt = Date.now();
      const blocks = decoder.feed(value);
      this.retryMs = decoder.retryMs ?? this.retryMs;
      for (const block of blocks) {
        if (signal.aborted) break;
        this.lastEventId = block.id ?? this.lastEventId;
        if (block.data === undefined) continue;
        const about = { ...block, id: this.lastEventId, hasOwnId: block.id !== undefined };
        listener.received(about as DataBlock, origin);
        // Each event is a task of its own in the standard: what a handler left to a microtask runs before the next.
        await undefined;
      }
      if (decoder.overflowed) return 'too_large';
    }
    return 'ended';
  }
}
