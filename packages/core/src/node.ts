import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { ResponseSink } from './node/response-sink.ts';
import { SocketSink } from './node/socket-sink.ts';
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
 * Over HTTP/1.1 the body goes to the connection itself: its chunks are framed once for all streams that are given the
 * same bytes. Where the response is not Node's own, or something in front of the handler has replaced its `write`, the
 * body goes through that.
 *
 * A response without a connection of its own, as for a request pipelined behind another stream, could never be sent:
 * its connection is cut, and the sink is born aborted.
 */
export function nodeSink(response: NodeResponse, options: NodeSinkOptions = {}): Sink {
  const { headers = {} } = options;
  const isHttp2 = 'stream' in response;
  const connection = isHttp2 ? response.stream : response.socket;
  if (connection === null || connection.destroyed || response.writableEnded || response.headersSent) {
    const sink = new ResponseSink(response);
    sink.destroy();
    return sink;
  }
  writeHead(response, headers);
  if (isHttp2 || isReplaced(response)) return new ResponseSink(response, true);
  return new SocketSink(response);
}

/** The head of a stream, for a `HEAD` request: no body will follow. */
export function endWithStreamHead(response: NodeResponse, options: NodeSinkOptions = {}): void {
  writeHead(response, options.headers ?? {});
  response.end();
}

function writeHead(response: NodeResponse, headers: Readonly<Record<string, string>>): void {
  // HTTP/2 knows no such header (RFC 9113, section 8.2.2).
  if ('stream' in response) response.writeHead(200, { ...headers, ...STREAM_HEADERS });
  // All at once: headers that are set one by one are kept in a table of their own for as long as the stream is open.
  else response.writeHead(200, { ...headers, ...STREAM_HEADERS, Connection: 'keep-alive' });
}

/** Whether bytes are meant to pass through something that a middleware has put in the place of `write`. */
function isReplaced(response: ServerResponse): boolean {
  return Object.hasOwn(response, 'write') || typeof response.socket?.cork !== 'function';
}
