import { connect, type Socket } from 'node:net';
import { checkContract } from './contract.ts';
import { type ServerProcess, TOKEN } from './server-process.ts';
import type { Json } from './sse-reader.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** Asks for JSON. Throws where `/openapi.json` does not know of the answer. */
export async function ask(server: ServerProcess, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as Json;
  checkContract({
    method: init.method ?? 'GET',
    path,
    status: response.status,
    contentType: response.headers.get('content-type'),
    allow: response.headers.get('allow'),
    ...(text !== '' && { body }),
  });
  return { status: response.status, headers: response.headers, body };
}

export interface PublishOptions {
  /** Behind `/events`, with its question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts a text, or a value as JSON, with the token of the tests. */
export function publish(server: ServerProcess, body: unknown, options: PublishOptions = {}): Promise<Answer> {
  const { query = '', headers = {} } = options;
  return ask(server, `/events${query}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Publishes and answers with the ids; throws unless all went well. */
export async function publishOk(
  server: ServerProcess,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { status, body: answer } = await publish(server, body, { headers });
  if (status !== 202) throw new Error(`${status}: ${JSON.stringify(answer)}`);
  return answer['ids'] as readonly string[];
}

/** A connection that asks for a stream and never reads a byte of it. */
export function stalledSocket(server: ServerProcess, path: string, headers = ''): Socket {
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  socket.pause();
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  return socket;
}

/** Sends bytes as they are, `later` once an answer has begun, and answers with all that comes until the other side closes. */
export function rawRequest(server: ServerProcess, text: string, later?: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port: server.port, host: '127.0.0.1' }, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part: string) => {
      if (answer === '' && later !== undefined) socket.write(later);
      answer += part;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
