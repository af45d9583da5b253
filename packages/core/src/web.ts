import { type Sink, STREAM_HEADERS } from './sink.ts';

export interface WebSinkOptions {
  /** Sent beside the stream's own headers; those of the stream win. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The request's signal: aborts when the peer is gone. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes held before the sink says wait. @defaultValue 65 536 */
  readonly highWaterMark?: number;
}

/** A sink, and the response whose body it writes. */
export interface WebStream {
  readonly sink: Sink;
  readonly response: Response;
}

/**
 * A stream as a `fetch` response: for Hono, Next route handlers, Bun, Deno and workers.
 *
 * @example
 * ```ts source="broadcaster.examples.ts#web"
 * async function GET(request: Request): Promise<Response> {
 *   const { sink, response } = webStream({ signal: request.signal });
 *   const lastEventId = request.headers.get('Last-Event-ID') ?? '';
 *   await sse.subscribe({ topics: ['order.*'], lastEventId, open: () => sink });
 *   return response;
 * }
 * ```
 */
export function webStream(options: WebSinkOptions = {}): WebStream {
  const sink = new WebSink(options);
  const headers = { ...options.headers, ...STREAM_HEADERS };
  return { sink, response: new Response(sink.body, { status: 200, headers }) };
}

class WebSink implements Sink {
  readonly signal: AbortSignal;
  readonly body: ReadableStream<Uint8Array>;
  private readonly abort = new AbortController();
  private readonly highWaterMark: number;
  private readonly requestSignal: AbortSignal | undefined;
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private ended = false;
  private waiters: (() => void)[] = [];

  constructor(options: WebSinkOptions) {
    this.signal = this.abort.signal;
    this.highWaterMark = options.highWaterMark ?? 65_536;
    this.requestSignal = options.signal;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.pulled(),
        cancel: () => this.over(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: this.highWaterMark }),
    );
    this.requestSignal?.addEventListener('abort', this.destroyed);
    if (this.requestSignal?.aborted === true) this.destroy();
  }

  get bufferedBytes(): number {
    return this.signal.aborted ? 0 : this.highWaterMark - (this.controller.desiredSize ?? 0);
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.signal.aborted) return true;
    // A reader may transfer the buffer that it is given, and this one belongs to many.
    this.controller.enqueue(bytes.slice());
    return (this.controller.desiredSize ?? 1) > 0;
  }

  writable(): Promise<void> {
    if (this.ended || this.signal.aborted || (this.controller.desiredSize ?? 1) > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push(resolve);
    });
  }

  end(): void {
    if (this.ended || this.signal.aborted) return;
    this.ended = true;
    this.closeWhenRead();
  }

  destroy(): void {
    if (this.signal.aborted) return;
    this.ended = true;
    this.controller.error(new Error('The stream was cut'));
    this.over();
  }

  private readonly destroyed = (): void => this.destroy();

  /** The reader has taken something. */
  private pulled(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const waiter of waiters) waiter();
    this.closeWhenRead();
  }

  /** Closing at once would hide whether the reader ever takes the rest. */
  private closeWhenRead(): void {
    if (!this.ended || this.signal.aborted || this.bufferedBytes > 0) return;
    this.controller.close();
    this.over();
  }

  private over(): void {
    if (this.signal.aborted) return;
    this.requestSignal?.removeEventListener('abort', this.destroyed);
    this.abort.abort();
    this.pulled();
  }
}
