import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const FALLBACK = { status: 400, title: 'Bad Request', detail: 'Expected a request in HTTP/1.1.' };

/** What Node's own codes mean for whoever sent the bytes. */
const PROBLEMS = new Map([
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    { status: 408, title: 'Request Timeout', detail: 'Expected the whole request in less time.' },
  ],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    { status: 413, title: 'Content Too Large', detail: 'Expected shorter chunk extensions.' },
  ],
  [
    'HPE_HEADER_OVERFLOW',
    { status: 431, title: 'Request Header Fields Too Large', detail: 'Expected headers of at most 16 KiB.' },
  ],
]);

/**
 * Answers what never becomes a request (no HTTP, headers that are too large, a body that comes too slowly) as a problem,
 * where Node by itself answers without a body, and closes the connection. Cuts a connection on which a request comes
 * behind one for a stream.
 */
export function answerClientErrors(server: Server): void {
  /** The response that has the connection; those to pipelined requests come behind it. */
  const answering = new WeakMap<Duplex, ServerResponse>();

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const earlier = answering.get(socket);
    // Behind a stream nothing can be answered; what waits there would keep Node from seeing that the client has left.
    if (earlier !== undefined && isStream(earlier)) return void socket.destroy();
    if (earlier !== undefined) return;
    answering.set(socket, response);
    response.once('close', () => answering.delete(socket));
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // An answer in the middle of a stream would become part of it.
    const isAnswering = answering.get(socket)?.headersSent === true;
    if (!socket.writable || isAnswering || error.code === 'ECONNRESET') return void socket.destroy();
    socket.end(toAnswer(PROBLEMS.get(error.code ?? '') ?? FALLBACK), () => socket.destroy());
  });
}

function isStream({ req, writableEnded }: ServerResponse): boolean {
  return !writableEnded && /^\/stream(?![^/?])/i.test(req.url ?? '');
}

function toAnswer({ status, title, detail }: typeof FALLBACK): string {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
