import { EventRequest, type RequestEnd } from './event-request.ts';

/** An event as it came. */
export interface RawEvent {
  readonly event: string;
  readonly data: string;
  /** The last event id with it; `''` without one. */
  readonly id: string;
  /** Whether it came with that id, where that is known. */
  readonly hasOwnId?: boolean;
  /** The trace of its publisher, where that is known. */
  readonly traceparent?: string | undefined;
}

export interface SourceListener {
  opened(): void;
  received(raw: RawEvent): void;
  failed(end: RequestEnd): void;
}

/** One request and its response; made anew for the next. */
export interface Source {
  readonly lastEventId: string;
  /** The server's `retry`, where it is known and was given. */
  readonly retryMs: number | undefined;
  readonly lastByteAt: number;
  /** Has events of this name reported; `fetch` reports all. */
  listen(event: string): void;
  close(): void;
}

export interface SourceRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly withCredentials: boolean;
  readonly lastEventId: string;
  readonly fetch: typeof fetch | undefined;
  readonly maxEventSize: number | undefined;
}

const ALWAYS_HEARD = ['message', 'data', 'heartbeat', 'system'];

/** By `fetch`: the request under a {@link FetchEventSource}, of which this is one attempt. */
export class FetchSource extends EventRequest implements Source {
  constructor({ url, ...init }: SourceRequest, listener: SourceListener) {
    super(url, { ...init, accept: ', application/problem+json' });
    void this.send(listener).then((end) => end && listener.failed(end));
  }

  listen(): void {}

  close(): void {
    this.abort();
  }
}

/** By the browser's own `EventSource`: it tells neither status nor `retry` nor comments, and only names it was asked for. */
export class NativeSource implements Source {
  lastEventId: string;
  lastByteAt = 0;
  readonly retryMs = undefined;
  readonly #source: EventSource;
  readonly #listener: SourceListener;
  readonly #names = new Set<string>();

  constructor({ url, withCredentials, lastEventId }: SourceRequest, listener: SourceListener) {
    this.lastEventId = lastEventId;
    this.#listener = listener;
    this.#source = new EventSource(url, { withCredentials });
    this.#source.onopen = () => {
      this.lastByteAt = Date.now();
      listener.opened();
    };
    this.#source.onerror = () => {
      // CLOSED: an answer that is no event stream; which one, a page is not told.
      const reason = this.#source.readyState === EventSource.CLOSED ? 'status' : 'network';
      this.close();
      listener.failed({ reason });
    };
    for (const name of ALWAYS_HEARD) this.listen(name);
  }

  listen(event: string): void {
    if (this.#names.has(event)) return;
    this.#names.add(event);
    this.#source.addEventListener(event, ({ type, data, lastEventId }: MessageEvent) => {
      this.lastByteAt = Date.now();
      if (lastEventId !== '') this.lastEventId = lastEventId;
      if (typeof data === 'string') this.#listener.received({ event: type, data, id: this.lastEventId });
    });
  }

  close(): void {
    this.#source.close();
  }
}
