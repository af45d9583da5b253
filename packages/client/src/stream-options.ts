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

const isNumber = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
const isList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === 'string' && /^[^,]+$/.test(text));

/** What each option has to be, and how to see it. */
const RULES: Readonly<Record<string, readonly [expected: string, fits: (value: unknown) => boolean]>> = {
  ...Object.fromEntries(
    [...Object.keys(DEFAULTS), 'maxAgeMs'].map((name) => [name, ['a positive integer', isNumber]]),
  ),
  ...ofType('string', 'clientName', 'lastEventId', 'key'),
  ...ofType('function', 'token', 'fetch', 'shouldRetry', 'onGap'),
  ...ofType('boolean', 'withCredentials', 'shared', 'unref'),
  ...words('transport', 'fetch', 'native', 'auto'),
  ...words('whenHidden', 'keep', 'release'),
  topics: [
    'a list of one or more patterns without commas',
    (value) => isList(value) && (value as unknown[]).length > 0,
  ],
  tags: ['a list of texts without commas', isList],
  headers: ['names and values that a request can carry, or a function', areHeaders],
  resume: ['a boolean or an object', (value) => typeof value === 'boolean' || isObject(value)],
  storage: ['a `Storage`', (value) => typeof (value as Partial<Storage> | null)?.getItem === 'function'],
  schemas: ['an object of schemas', isObject],
  signal: ['an `AbortSignal`', (value) => value instanceof AbortSignal],
};

function ofType(type: string, ...names: string[]): typeof RULES {
  return Object.fromEntries(names.map((name) => [name, [`a ${type}`, (value) => typeof value === type]]));
}

function words(name: string, ...all: string[]): typeof RULES {
  return { [name]: [all.join(' or '), (value) => all.includes(value as string)] };
}

function areHeaders(value: unknown): boolean {
  try {
    return typeof value === 'function' || (isObject(value) && Boolean(new Headers(value as HeadersInit)));
  } catch {
    return false;
  }
}

/** @throws TypeError that says what was expected and what was found. */
export function checkOptions(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    const rule = RULES[name];
    if (value === undefined || rule === undefined || rule[1](value)) continue;
    // What stands in place of a token or a header may be a secret.
    const text = isObject(value) ? JSON.stringify(value) : String(value);
    const found = /token|headers/.test(name) ? typeof value : `${text} (${typeof value})`;
    throw new TypeError(`Expected \`${name}\` to be ${rule[0]}, got ${found}`);
  }
}

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
  checkOptions(options);
  if (typeof options.resume === 'object') checkOptions(options.resume);
  const given = Object.entries(options).filter(([name, value]) => name in DEFAULTS && value !== undefined);
  const numbers = { ...DEFAULTS, ...Object.fromEntries(given) };
  const { tags, clientName, headers, token, fetch, shouldRetry } = options;
  const transport = chosenTransport(options);
  if (transport === 'native' && (headers ?? token ?? fetch) !== undefined)
    throw new TypeError(
      'Expected no `headers`, `token` or `fetch` with the native transport: it can send none',
    );
  const absolute = absoluteUrl(url);
  // `fetch` refuses it, and names it in its error.
  if (/^[a-z]+:\/\/[^/]*@/.test(absolute))
    throw new TypeError('Expected an URL without a user name or password');
  return {
    ...numbers,
    url: absolute,
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

function chosenTransport({
  transport = 'fetch',
  headers,
  token,
  fetch,
}: EventStreamOptions<never>): 'fetch' | 'native' {
  const hasNative = 'EventSource' in globalThis;
  if (transport === 'auto')
    return hasNative && (headers ?? token ?? fetch) === undefined ? 'native' : 'fetch';
  if (transport === 'native' && !hasNative)
    throw new TypeError('Expected an `EventSource` for the native transport');
  return transport;
}
