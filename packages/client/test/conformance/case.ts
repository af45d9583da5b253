import type { ClauseName } from './clauses.ts';

/** A run of bytes, one character each (`\xff` is the byte 255), or a pause in milliseconds. */
export type Step = string | number;

/** What the server does with one request. */
export interface Answer {
  /** @defaultValue `200` */
  readonly status?: number;
  /** `null`: none. @defaultValue `'text/event-stream'` */
  readonly contentType?: string | null;
  /** `{here}` and `{there}` in a value stand for this case's address on its own and on another origin. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How the body's end is known. @defaultValue `'chunked'` */
  readonly framing?: 'chunked' | 'close' | 'length';
  /** Written one by one, so that each leaves as a packet of its own where the platform lets it. */
  readonly body?: readonly Step[];
  /** What follows the body: its end, the connection's end before it, or nothing. @defaultValue `'hang'` */
  readonly ending?: 'end' | 'cut' | 'hang';
  /** How many messages of the case have to be heard before the ending: a stream that breaks takes back what is unread. */
  readonly heard?: number;
  /** Instead of any answer. */
  readonly instead?: 'reset' | 'hang';
}

/** What the page or program does with its source. */
export interface ClientScript {
  /** Calls `close()` in the n-th such handler, from 1; `later` in a task after it. */
  readonly closeOn?: {
    readonly entry: 'open' | 'message' | 'error';
    readonly nth?: number;
    readonly later?: true;
  };
  /** Calls `close()` right after the constructor. */
  readonly closeAtOnce?: true;
  /** Event types to listen for, besides those that are expected and `message`. */
  readonly listen?: readonly string[];
  /** `onopen`, `onmessage` and `onerror` instead of `addEventListener`. */
  readonly attributes?: true;
  /** Opens the other origin's address. */
  readonly crossOrigin?: true;
  /** Added to the address that is opened. */
  readonly suffix?: string;
  readonly withCredentials?: true;
}

export interface ExpectedEvent {
  readonly data: string;
  /** @defaultValue `'message'` */
  readonly type?: string;
  /** @defaultValue `''` */
  readonly lastEventId?: string;
  readonly origin?: 'here' | 'there';
  readonly shape?: EventShape;
}

/** What else the standard says of a message's event. */
export interface EventShape {
  readonly interface: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly atSource: boolean;
}

/** A request as the server must see it; what is absent is not compared. */
export interface ExpectedRequest {
  readonly method?: string;
  /** Below the case's address; the first is `stream`. */
  readonly path?: string;
  readonly origin?: 'here' | 'there';
  /** The header's bytes, one character each; `null`: no such header. */
  readonly lastEventId?: string | null;
  /** Values of other headers, matched whole against a pattern; a header that is absent counts as `''`. */
  readonly headers?: Readonly<Record<string, RegExp>>;
  /** Milliseconds since the answer before it was over. */
  readonly notBeforeMs?: number;
  /** The client ends the connection while the server would go on. */
  readonly aborted?: true;
}

/** `open` and `error` events with the `readyState` that their handler reads. */
export type LifecycleEntry = 'open 0' | 'open 1' | 'open 2' | 'error 0' | 'error 1' | 'error 2';

export interface Expected {
  /** All messages, in order. */
  readonly events?: readonly ExpectedEvent[];
  /** All `open` and `error` events, in order. */
  readonly lifecycle?: readonly LifecycleEntry[];
  /** Messages by their data, and `open` and `error`, as they follow one another. */
  readonly order?: readonly string[];
  /** All requests, in order; `any`: the standard does not say how many. @defaultValue one for each answer */
  readonly requests?: readonly ExpectedRequest[] | 'any';
  /** `readyState` at the end. */
  readonly finalState?: 0 | 1 | 2;
  /** Properties of the source right after construction, see `probe` in clients/event-source.ts. */
  readonly atStart?: Readonly<Record<string, unknown>>;
  readonly atEnd?: Readonly<Record<string, unknown>>;
}

export const THEMES = [
  'line ends',
  'chunking',
  'byte order mark',
  'UTF-8',
  'fields',
  'ids',
  'retry',
  'comments',
  'unfinished blocks',
  'status codes',
  'redirects',
  'content types',
  'reconnection',
  'cursor on the wire',
  'readyState',
  'close',
  'interface',
  'hostile input',
] as const;
export type Theme = (typeof THEMES)[number];

/** Bytes in, events out: one sentence of the HTML standard as data. */
export interface ConformanceCase {
  readonly id: string;
  readonly theme: Theme;
  /** A fact about a client that conforms. */
  readonly title: string;
  readonly clause: ClauseName;
  /** The n-th request gets the n-th answer; one beyond them is never answered. */
  readonly server: readonly Answer[];
  readonly client?: ClientScript;
  readonly expected: Expected;
  /** How long nothing more may come once all that is expected has come. @defaultValue `30` */
  readonly quietMs?: number;
  /** What is expected may take this long. @defaultValue `15_000` */
  readonly deadlineMs?: number;
}

/** The requests that a case expects. */
export function requestsOf({
  server,
  expected,
}: Pick<ConformanceCase, 'server' | 'expected'>): readonly ExpectedRequest[] {
  if (expected.requests === 'any') return [];
  return expected.requests ?? server.map(() => ({}));
}

/** The UTF-8 bytes of a text, one character each. */
export function utf8(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

/** The bytes one by one. A millisecond between them keeps most from being joined on the way. */
export function byteByByte(bytes: string): readonly Step[] {
  return Array.from(bytes).flatMap((byte) => [byte, 1]);
}

/** The bytes again and again, each time cut in two at another position. */
export function everySplit(bytes: string): readonly Step[] {
  return Array.from(bytes, (_, at) => [bytes.slice(0, at + 1), 2, bytes.slice(at + 1)]).flat();
}
