import type { Request } from 'express';
import { checkContentEncoding } from './media-type.ts';
import { refused } from './problem.ts';

/** Of a refused body, what is read and dropped, so that the client gets to see the answer. */
const MAX_DROPPED_BYTES = 1024 * 1024;
const MAX_DROPPING_MS = 5_000;

export interface BodyBounds {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

/**
 * The whole body as text, or `undefined` where the client went away before its end.
 *
 * More than `maxBodyBytes` are refused with 413 without being kept, a body that is not there after `bodyTimeoutMs` with
 * 408, bytes that are no UTF-8 with 400, a content encoding with 415. What a body parser in front has read already is
 * taken from `request.body`; there a number may have lost digits.
 *
 * Not `express.raw()`: it unpacks what is compressed, and leaves a body alone that another parser has looked at.
 */
export async function readBody(request: Request, bounds: BodyBounds): Promise<string | undefined> {
  if (request.readableDidRead) return parsedBody(request.body, bounds.maxBodyBytes);
  checkContentEncoding(request.get('Content-Encoding'));
  const bytes = await readBytes(request, bounds);
  return bytes === undefined ? undefined : toText(bytes);
}

/** Drops what is left of a body that nobody will look at, and cuts the connection where it does not end soon. */
export function dropBody(request: Request): void {
  if (request.readableEnded || request.destroyed) return;
  const timer = setTimeout(() => cut(request), MAX_DROPPING_MS);
  timer.unref();
  let dropped = 0;
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.byteLength;
    if (dropped > MAX_DROPPED_BYTES) cut(request);
  });
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}

/** Under HTTP/2 only the one stream is closed, once the answer has left. */
function cut(request: Request): void {
  const { stream } = request as { readonly stream?: { close(): void } };
  if (stream === undefined) request.destroy();
  else stream.close();
}

function readBytes(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs }: BodyBounds,
): Promise<Buffer | undefined> {
  if (Number(request.get('Content-Length') ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onLeft).off('error', onLeft);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.byteLength;
      chunks.push(chunk);
      if (length > maxBodyBytes) settle(() => reject(tooLarge(maxBodyBytes)));
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks)));
    const onLeft = (): void => settle(() => resolve(undefined));
    // HTTP/2 has no `requestTimeout`.
    const timer = setTimeout(() => settle(() => reject(tooSlow(request, bodyTimeoutMs))), bodyTimeoutMs);
    request.on('data', onData).on('end', onEnd).on('close', onLeft).on('error', onLeft);
  });
}

function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused(400, 'Expected the body to be UTF-8');
  }
}

function parsedBody(body: unknown, maxBytes: number): string {
  if (body === undefined)
    throw new Error('The body has been read before, and nothing of it is in `request.body`');
  const text = body instanceof Uint8Array ? toText(body) : typeof body === 'string' ? body : stringify(body);
  if (Buffer.byteLength(text) > maxBytes) throw tooLarge(maxBytes);
  return text;
}

/** `JSON.parse` takes any depth, `JSON.stringify` throws at some thousand levels. */
function stringify(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw refused(400, 'Expected JSON that is nested less deeply');
  }
}

function tooSlow(request: Request, ms: number): Error {
  const headers = request.httpVersionMajor === 1 ? { Connection: 'close' } : {};
  return refused(408, `Expected the whole body within ${ms} ms`, headers);
}

function tooLarge(maxBytes: number): Error {
  return refused(413, `Expected a body of at most ${maxBytes} bytes`);
}
