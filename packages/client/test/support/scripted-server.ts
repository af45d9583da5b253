import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it came, and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** From the header or, as the native transport sends it, the query. */
  readonly cursor: string | undefined;
  readonly at: number;
  /** The client is still there, and the answer is not over. */
  isOpen: boolean;
}

export type Answer = (exchange: Exchange) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly Exchange[];
  /** The newest request; throws where there is none. */
  last(): Exchange;
  /** Requests that are open now. */
  open(): number;
  /** Replaces the script. */
  answer(...answers: Answer[]): void;
}

/** A server on loopback that gives the n-th request the n-th answer, and the last one to all that follow. */
export async function scriptedServer(...script: Answer[]): Promise<ScriptedServer> {
  let answers = script;
  let from = 0;
  const requests: Exchange[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const header = request.headers['last-event-id'];
    const cursor =
      (typeof header === 'string' ? header : undefined) ?? query.get('last_event_id') ?? undefined;
    const exchange: Exchange = { request, response, query, cursor, at: performance.now(), isOpen: true };
    response.on('close', () => {
      exchange.isOpen = false;
    });
    requests.push(exchange);
    (answers[requests.length - 1 - from] ?? answers.at(-1) ?? status(500))(exchange);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/stream`,
    requests,
    last: () => {
      const exchange = requests.at(-1);
      if (exchange === undefined) throw new Error('Expected a request');
      return exchange;
    },
    open: () => requests.filter(({ isOpen }) => isOpen).length,
    answer: (...others) => {
      answers = others;
      from = requests.length;
    },
  };
}

/** An answer without a body that is an event stream. */
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  ({ response }) =>
    void response.writeHead(code, headers).end();

export function head({ response }: Exchange): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.flushHeaders();
}

/** Begins a stream with these frames, and leaves it open. */
export const streaming =
  (...frames: string[]): Answer =>
  (exchange) => {
    head(exchange);
    if (frames.length > 0) exchange.response.write(frames.join(''));
  };

/** The same, and ends it. */
export const ending =
  (...frames: string[]): Answer =>
  (exchange) => {
    head(exchange);
    exchange.response.end(frames.join(''));
  };

/** The same, and tears the connection. */
export const tearing =
  (...frames: string[]): Answer =>
  (exchange) => {
    streaming(...frames)(exchange);
    setTimeout(() => exchange.response.destroy(), 5);
  };

/** Never answers. */
export const silent: Answer = () => undefined;
