import { StreamError } from './errors.ts';
import type { EventStreamOptions } from './types.ts';

/** What a connection needs of a stream's options, with the defaults filled in. */
export interface StreamRequest {
  /** Absolute. */
  readonly url: string;
  readonly clientName: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly headers: EventStreamOptions['headers'];
  readonly token: EventStreamOptions['token'];
  readonly transport: 'fetch' | 'native';
  readonly withCredentials: boolean;
  readonly fetch: typeof fetch | undefined;
  readonly shouldRetry: EventStreamOptions['shouldRetry'];
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly healthyMs: number;
  readonly connectTimeoutMs: number;
  readonly silenceMs: number;
  readonly maxEventSize: number | undefined;
  readonly unref: boolean;
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** The headers of one attempt, asked for anew. `undefined` where there are none. */
export async function requestHeaders(
  request: StreamRequest,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { headers, token } = request;
  const given = typeof headers === 'function' ? await headers() : headers;
  if (given !== undefined) checkHeaders(given);
  if (token === undefined) return given;
  const text = await token();
  if (typeof text !== 'string' || !VISIBLE_ASCII.test(text))
    throw new StreamError('token', 'Expected `token` to give a text of visible ASCII characters');
  return { ...given, Authorization: `Bearer ${text}` };
}

/** `fetch` would name the value in its error, and a value may be a secret. */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  try {
    new Headers(headers);
  } catch {
    throw new StreamError('token', 'Expected `headers` to give names and values that a request can carry');
  }
}

/** The URL of one attempt. The native transport can carry the cursor only here, and hears no comments. */
export function requestUrl(
  request: StreamRequest,
  topics: readonly string[] | undefined,
  cursor: string,
): string {
  const url = new URL(request.url);
  const isNative = request.transport === 'native';
  if (topics !== undefined)
    url.searchParams.set('topics', [...new Set(isNative ? [...topics, 'heartbeat'] : topics)].join());
  if (request.clientName !== undefined) url.searchParams.set('client_name', request.clientName);
  if (request.tags !== undefined) url.searchParams.set('tags', request.tags.join());
  if (isNative && cursor !== '') url.searchParams.set('last_event_id', cursor);
  return url.href;
}
