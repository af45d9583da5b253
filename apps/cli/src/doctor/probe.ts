import { request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type RequestOptions, request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { BlockScanner } from './block-scanner.ts';

export interface ProbeOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the probe: all its sockets are closed. */
  readonly signal: AbortSignal;
  /** Accepts certificates that nobody vouches for. @defaultValue `false` */
  readonly isInsecure?: boolean;
  readonly isHttp2?: boolean;
}

/** One connection to a stream, and what came over it, as it came: nothing is decompressed or redirected. */
export interface Probe {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** From the request until the head of the answer. */
  readonly headMs: number;
  readonly blocks: BlockScanner;
  /** Settles when the connection is over, by whichever side. */
  readonly over: Promise<void>;
}

type Head = Readonly<Record<string, string | readonly string[] | number | undefined>>;

/** Opens a stream and answers as soon as its head is there. Rejects where there is no answer, or the signal aborts first. */
export function openProbe(url: URL, options: ProbeOptions): Promise<Probe> {
  return options.isHttp2 ? overHttp2(url, options) : overHttp1(url, options);
}

/** Whether the server offers HTTP/2 by ALPN. Rejects where there is no TLS connection. */
export function offersHttp2(url: URL, { signal, isInsecure }: ProbeOptions): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connectTls({
      host,
      port: Number(url.port || 443),
      // A name only: an address is refused as a server name.
      ...(/[a-z]/i.test(host) && !host.includes(':') && { servername: host }),
      ALPNProtocols: ['h2', 'http/1.1'],
      rejectUnauthorized: !isInsecure,
    });
    const stop = (): void => void socket.destroy(new Error('no answer in time'));
    signal.addEventListener('abort', stop);
    socket.once('secureConnect', () => {
      resolve(socket.alpnProtocol === 'h2');
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => signal.removeEventListener('abort', stop));
  });
}

function overHttp1(url: URL, { headers, signal, isInsecure }: ProbeOptions): Promise<Probe> {
  const began = performance.now();
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const options: RequestOptions = { headers, signal, agent: false, rejectUnauthorized: !isInsecure };
  return new Promise((resolve, reject) => {
    const request = send(url, options, (response) =>
      resolve(watched(response, response.statusCode ?? 0, response.headers, began)),
    );
    request.on('error', reject);
    request.end();
  });
}

function overHttp2(url: URL, { headers, signal, isInsecure }: ProbeOptions): Promise<Probe> {
  const began = performance.now();
  const session = connectHttp2(url.origin, { rejectUnauthorized: !isInsecure });
  return new Promise((resolve, reject) => {
    const stop = (): void => session.destroy(new Error('no answer in time'));
    session.once('error', reject);
    session.once('close', () => signal.removeEventListener('abort', stop));
    signal.addEventListener('abort', stop);
    const stream = session.request({ ':path': url.pathname + url.search, ...headers });
    stream.once('response', (head) => resolve(watched(stream, head[':status'] ?? 0, head, began)));
    stream.on('error', reject);
    stream.once('close', () => session.destroy());
    stream.end();
  });
}

function watched(body: Readable, status: number, head: Head, began: number): Probe {
  const blocks = new BlockScanner();
  const headers = Object.fromEntries(
    Object.entries(head).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
  body.on('data', (chunk: Buffer) => blocks.push(chunk));
  body.on('error', () => undefined);
  const over = new Promise<void>((resolve) => body.once('close', resolve));
  return { status, headers, headMs: performance.now() - began, blocks, over };
}
