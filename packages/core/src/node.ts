import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse, Http2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { type Sink, STREAM_HEADERS } from './sink.ts';

/** A response of `node:http` or of the compatibility API of `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

export interface NodeSinkOptions {
  /** Sent beside the stream's own headers, and before them: those of the stream win. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Sends the head of a stream at once, status 200, and answers the sink that writes its body.
 *
 * A response without a connection of its own, as for a request pipelined behind another stream, could never be sent:
 * its connection is cut, and the sink is born aborted.
 */
export function nodeSink(response: NodeResponse, options: NodeSinkOptions = {}): Sink {
  return new NodeSink(response, options.headers ?? {});
}

/** The head of a stream, for a `HEAD` request: no body will follow. */
export function endWithStreamHead(response: NodeResponse, options: NodeSinkOptions = {}): void {
  writeHead(response, options.headers ?? {});
  response.end();
}

const isHttp2 = (response: NodeResponse): response is Http2ServerResponse => 'stream' in response;

function writeHead(response: NodeResponse, headers: Readonly<Record<string, string>>): void {
  response.statusCode = 200;
  for (const [name, value] of Object.entries({ ...headers, ...STREAM_HEADERS }))
    response.setHeader(name, value);
  // HTTP/2 knows no such header (RFC 9113, section 8.2.2).
  if (!isHttp2(response)) response.setHeader('Connection', 'keep-alive');
}

class NodeSink implements Sink {
  readonly signal: AbortSignal;
  private readonly abort = new AbortController();
  private readonly response: ServerResponse;
  private readonly stream: Http2Stream | undefined;
  /** Taken now: after the end, a response no longer knows the connection whose end has to be noticed. */
  private readonly connection: Http2Stream | Socket | null;
  private ended = false;
  private full = false;
  private waiters: (() => void)[] = [];

  constructor(response: NodeResponse, headers: Readonly<Record<string, string>>) {
    this.signal = this.abort.signal;
    // Where the two differ beside their types, `stream` says so.
    this.response = response as ServerResponse;
    this.stream = isHttp2(response) ? response.stream : undefined;
    this.connection = this.stream ?? this.response.socket;
    const lost =
      this.connection === null || this.connection.destroyed || response.writableEnded || response.headersSent;
    // `close` of the response alone is missed for a pipelined request; that of the request comes too early for a POST.
    response.on('close', this.over);
    response.on('drain', this.drained);
    this.connection?.once('close', this.over);
    // Writing after the peer has gone makes an error of its own; the end is noticed by `close`.
    response.on('error', ignore);
    if (lost) {
      this.destroy();
    } else {
      writeHead(response, headers);
      this.response.flushHeaders();
    }
  }

  get bufferedBytes(): number {
    return this.signal.aborted ? 0 : this.response.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.signal.aborted) return true;
    // Above its high-water mark Node answers false even where the kernel has taken all at once.
    this.full = !this.response.write(bytes) && this.response.writableLength > 0;
    return !this.full;
  }

  writable(): Promise<void> {
    if (!this.full || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push(resolve);
    });
  }

  end(): void {
    if (this.ended || this.signal.aborted) return;
    this.ended = true;
    this.response.end();
  }

  destroy(): void {
    if (this.signal.aborted) return;
    this.ended = true;
    if (this.stream !== undefined) {
      this.stream.close(CANCEL);
      this.stream.destroy();
    } else {
      // A pipelined response has no connection yet; its request knows it.
      this.response.req.socket.destroy();
      this.response.destroy();
    }
    this.over();
  }

  private readonly drained = (): void => {
    this.full = false;
    const { waiters } = this;
    this.waiters = [];
    for (const waiter of waiters) waiter();
  };

  private readonly over = (): void => {
    if (this.signal.aborted) return;
    this.response.removeListener('close', this.over);
    this.response.removeListener('drain', this.drained);
    this.connection?.removeListener('close', this.over);
    this.abort.abort();
    this.drained();
  };
}

/** RFC 9113, section 7: the stream is no longer needed. */
const CANCEL = 8;

function ignore(): void {
  // See where it is attached.
}
