import { absoluteUrl } from './absolute-url.ts';
import type { StreamRequest } from './request.ts';
import type { EventStreamOptions } from './types.ts';

const DEFAULTS = Object.freeze({
  minDelayMs: 1_000,
  maxDelayMs: 30_000,
  healthyMs: 10_000,
  connectTimeoutMs: 15_000,
  silenceMs: 45_000,
  hiddenGraceMs: 60_000,
  maxEventSize: 8 * 1024 * 1024,
  maxPending: 10_000,
  dedupeSize: 1_000,
});

export interface StreamSettings extends StreamRequest {
  readonly hiddenGraceMs: number;
  readonly maxPending: number;
  readonly dedupeSize: number;
}

/**
 * The options with their defaults, each checked.
 *
 * @throws TypeError that says what was expected; DOMException `SyntaxError` for an URL that can't be parsed.
 */
export function streamSettings(url: string | URL, options: EventStreamOptions<never>): StreamSettings {
  const numbers = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[name] ?? DEFAULTS[name];
    if (!(Number.isSafeInteger(value) && value > 0))
      throw new TypeError(`Expected \`${name}\` to be a positive integer, got ${String(value)}`);
    numbers[name] = value as never;
  }
  const { topics, tags, clientName, headers, token, fetch, shouldRetry } = options;
  checkTopics(topics);
  const transport = chosenTransport(options);
  if (transport === 'native' && (headers ?? token ?? fetch) !== undefined)
    throw new TypeError(
      'Expected no `headers`, `token` or `fetch` with the native transport: it can send none',
    );
  return {
    ...numbers,
    url: absoluteUrl(url),
    clientName,
    tags,
    headers,
    token,
    fetch,
    shouldRetry,
    transport,
    withCredentials: options.withCredentials ?? false,
    unref: options.unref ?? false,
  };
}

/** @throws TypeError for anything but a list of patterns; their own limits are the server's. */
export function checkTopics(topics: readonly string[] | undefined): void {
  if (topics === undefined) return;
  const areTexts =
    Array.isArray(topics) && topics.every((text) => typeof text === 'string' && /^[^,]+$/.test(text));
  if (!areTexts || topics.length === 0)
    throw new TypeError('Expected `topics` to be a list of one or more patterns without commas');
}

function chosenTransport({
  transport = 'fetch',
  headers,
  token,
  fetch,
}: EventStreamOptions<never>): 'fetch' | 'native' {
  const hasNative = 'EventSource' in globalThis;
  if (transport === 'auto')
    return hasNative && (headers ?? token ?? fetch) === undefined ? 'native' : 'fetch';
  if (transport !== 'fetch' && transport !== 'native')
    throw new TypeError(`Expected \`transport\` to be fetch, native or auto, got ${String(transport)}`);
  if (transport === 'native' && !hasNative)
    throw new TypeError('Expected an `EventSource` for the native transport');
  return transport;
}
