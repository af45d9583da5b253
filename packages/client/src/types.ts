import type { StreamError } from './errors.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';

/** Topic → payload, for typed handlers: `openEventStream<{ metric: Metric; alert: Alert }>(…)`. */
export type TopicMap = Record<string, unknown>;

/** One event as an application sees it. */
export interface StreamMessage<Payload = unknown, Topic extends string = string> {
  /** Its place in the log; `''` where the server gave none. */
  readonly id: string;
  /** The payload's `type` where it has one; else the event's name on the wire. */
  readonly topic: Topic;
  /** The event's name on the wire, `data` unless its publisher chose another. */
  readonly event: string;
  /** Parsed from JSON; the text as it came where it is no JSON. */
  readonly data: Payload;
  /**
   * The W3C trace context of its publisher, as the server sent it, where there is one. The transport `native` never
   * shows it.
   */
  readonly traceparent?: string | undefined;
}

/**
 * Why events may be missing. The first five are the server's words (docs/wire.md); `unsendable` is the client's: its
 * cursor has characters that no request can carry.
 */
export type GapReason = 'evicted' | 'unknown' | 'malformed' | 'overflow' | 'trimmed' | (string & {});

/** Events may be missing before the next message: fetch your state anew. */
export interface GapEvent {
  readonly reason: GapReason;
  /** The cursor that could not be served; `null` where there was none. */
  readonly requested: string | null;
  /** The event that the stream goes on with; `null` where it goes on after `newest`. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /**
   * Holds every later message until `work` has settled, such as the refetch of what the page shows. The same happens
   * when the handler returns a promise. A rejection is reported by `error`, and the stream goes on.
   */
  readonly resync: (work: PromiseLike<unknown>) => void;
}

/** What the server says about the stream itself: `connected`, `gap`, `warning`, `closing`, and what may follow. */
export interface SystemEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The data of a heartbeat, such as `{ timestamp, clients }`. */
export type HeartbeatEvent = Readonly<Record<string, unknown>>;

/** Why the stream is in its state. */
export type StatusReason =
  | 'start'
  | 'ended' // the server ended the response
  | 'network' // no connection, or it broke
  | 'status' // an answer that is not 200: see `httpStatus`
  | 'content_type' // 200, but no event stream
  | 'timeout' // no answer within `connectTimeoutMs`
  | 'silent' // nothing heard for 2.5 heartbeats
  | 'too_large' // one event beyond `maxEventSize`
  | 'redirect' // a redirect led from https to http
  | 'token' // `token` or `headers` failed, or the token is about to expire
  | 'woken' // the page or the network came back
  | 'topics' // `setTopics`
  | 'asked' // `reconnect`, `pause` or `resume`
  | 'pending' // handlers are behind by `maxPending` messages
  | 'hidden' // the page is hidden, and `whenHidden` is `release`
  | 'closed'; // `close`, or the signal

/** What the connection does, and why. A new frozen object with each change. */
export interface StreamStatus {
  /**
   * `connecting`: a request is under way. `open`: the response has begun. `waiting`: another attempt follows after
   * `delayMs`. `paused`: none follows until `resume`, or until the page is seen again. `closed`: none ever follows.
   */
  readonly state: 'connecting' | 'open' | 'waiting' | 'paused' | 'closed';
  readonly reason: StatusReason;
  /** Attempts since the connection was last healthy, the one under way counted in; 0 while it waits right after that. */
  readonly attempt: number;
  /** The wait before the next attempt, in milliseconds; only while `waiting`. */
  readonly delayMs?: number;
  /** The status of the answer that led here, where it was not 200. */
  readonly httpStatus?: number;
  /** The id that `/clients` shows, from the server's `connected`; only while `open`. */
  readonly clientId?: string;
  /** The server's heartbeat interval in milliseconds, where it said one; only while `open`. */
  readonly heartbeatMs?: number;
  /** With `shared`: whether this tab holds the connection. */
  readonly role?: 'leader' | 'follower';
}

/** What a decision about the next attempt can go by. */
export interface RetryContext {
  readonly reason: StatusReason;
  readonly httpStatus?: number;
  /** Attempts since the connection was last healthy, the failed one counted in. */
  readonly attempt: number;
  /** What would be done without `shouldRetry`. */
  readonly retry: boolean;
  /** The wait before that attempt, in milliseconds. */
  readonly delayMs: number;
}

/** Counts since the stream was opened; with `shared`, of this tab. */
export interface StreamCounters {
  /** Messages handed to handlers and iterators. */
  readonly messages: number;
  /** Characters of their data. */
  readonly dataLength: number;
  /** Connections that were opened. */
  readonly connections: number;
  /** Messages that came in answer to a cursor, before the stream was live again. */
  readonly replayed: number;
  /** Messages dropped because their id had come before. */
  readonly repeats: number;
  readonly gaps: number;
  readonly errors: number;
  /** Messages received, but not yet handled. */
  readonly pending: number;
}

/** What a store of a user interface shows. A new frozen object with each change, the same one without. */
export interface StreamSnapshot<Topics extends object = TopicMap> {
  readonly status: StreamStatus;
  /** The latest payload of each topic that came. */
  readonly latest: { readonly [T in keyof Topics]?: Topics[T] };
}

/** What `resume.storage` needs of a `Storage`. Its methods may throw; the stream then goes on without. */
export interface CursorStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface ResumeOptions {
  /** Where the cursor is kept. @defaultValue `sessionStorage` */
  readonly storage?: CursorStorage;
  /** @defaultValue made of the URL and the topics */
  readonly key?: string;
  /** A cursor older than this is not used. @defaultValue `3_600_000` (an hour) */
  readonly maxAgeMs?: number;
}

export type Topic<Topics extends object> = keyof Topics & string;

export interface EventStreamOptions<Topics extends object = TopicMap> {
  /** Patterns such as `orders.*.created` or `metric`. Absent: everything. */
  readonly topics?: readonly string[] | undefined;
  /** Shown in `/clients` and the server's log. */
  readonly clientName?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Request headers, or a function that is asked for them at each attempt. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /**
   * Asked for a bearer token at each attempt. After 401 or 403 it is asked once more, at once; the second refusal closes
   * the stream. The token is kept in no log, error or URL, and goes to no other origin.
   */
  readonly token?: (() => string | Promise<string>) | undefined;
  /**
   * `fetch`: everything works. `native`: the browser's `EventSource`; no headers, no token, no status. `auto`: native
   * where there is one and nothing asks for more. @defaultValue `'fetch'`
   */
  readonly transport?: 'fetch' | 'native' | 'auto' | undefined;
  /** Cookies for another origin, too. @defaultValue `false` */
  readonly withCredentials?: boolean | undefined;
  /** @defaultValue the global `fetch` */
  readonly fetch?: typeof fetch | undefined;
  /** Where to begin; absent: from now on. What `resume` has kept is used first. */
  readonly lastEventId?: string | undefined;
  /** Keeps the cursor of what was handled, so that a reload of the page misses nothing. */
  readonly resume?: ResumeOptions | boolean | undefined;
  /** Checks payloads; one that fails is an `error`, and no message. */
  readonly schemas?: { readonly [T in Topic<Topics>]?: StandardSchemaV1<unknown, Topics[T]> } | undefined;
  /** The same as `on('gap', …)`, from the first moment on. */
  readonly onGap?: ((gap: GapEvent) => unknown) | undefined;
  /** Decides about the next attempt. `undefined` leaves it to the rules. */
  readonly shouldRetry?: ((context: RetryContext) => boolean | undefined) | undefined;
  /** Growth of the wait: it starts here. @defaultValue `1_000` milliseconds */
  readonly minDelayMs?: number | undefined;
  /** The wait is at most this, unless the server asks for more. @defaultValue `30_000` milliseconds */
  readonly maxDelayMs?: number | undefined;
  /** Only a connection that was open for this long starts the growth again. @defaultValue `10_000` milliseconds */
  readonly healthyMs?: number | undefined;
  /** An answer has to begin within this time. @defaultValue `15_000` milliseconds */
  readonly connectTimeoutMs?: number | undefined;
  /** Silence that ends a connection whose server said no heartbeat interval. @defaultValue `45_000` milliseconds */
  readonly silenceMs?: number | undefined;
  /** `release` closes the connection of a hidden page, and resumes by cursor. @defaultValue `'keep'` */
  readonly whenHidden?: 'keep' | 'release' | undefined;
  /** How long a page has to be hidden before it is released. @defaultValue `60_000` milliseconds */
  readonly hiddenGraceMs?: number | undefined;
  /** One connection for all tabs of this origin that open the same URL. @defaultValue `false` */
  readonly shared?: boolean | undefined;
  /** Longest event, in characters. @defaultValue `8_388_608` */
  readonly maxEventSize?: number | undefined;
  /**
   * Messages that may wait for their handlers. Beyond it the connection is closed until they have caught up, and
   * resumes by cursor. @defaultValue `10_000`
   */
  readonly maxPending?: number | undefined;
  /** Ids remembered to drop repeats. @defaultValue `1_000` */
  readonly dedupeSize?: number | undefined;
  /** In Node: lets the process end while the stream waits. @defaultValue `false` */
  readonly unref?: boolean | undefined;
  /** Closes the stream. */
  readonly signal?: AbortSignal | undefined;
}

export interface MessagesOptions {
  /** Ends the loop. */
  readonly signal?: AbortSignal | undefined;
  /** Messages that may wait for the loop. @defaultValue `1_000` */
  readonly highWaterMark?: number | undefined;
  /**
   * Beyond it: `error` ends the loop with an error, `drop-oldest` drops the oldest, `latest` keeps only the newest of
   * each topic. @defaultValue `'error'`
   */
  readonly overflow?: 'error' | 'drop-oldest' | 'latest' | undefined;
}

/** Loops once; `break`, `return`, a signal and `await using` end it. */
export interface MessageIterator<Message> extends AsyncIterableIterator<Message>, AsyncDisposable {
  /** Messages that the loop was too slow for. */
  readonly dropped: number;
}

/** What a stream tells besides messages, by the names for `on`. A topic of such a name is heard with `*`. */
export interface StreamEvents {
  gap: GapEvent;
  status: StreamStatus;
  error: StreamError;
  heartbeat: HeartbeatEvent;
  system: SystemEvent;
}

/** A message of any topic: its `topic` tells the type of its `data`. */
export type AnyMessage<Topics extends object> = {
  [T in Topic<Topics>]: StreamMessage<Topics[T], T>;
}[Topic<Topics>];

export interface ListenOptions {
  /** Takes the handler away. */
  readonly signal?: AbortSignal | undefined;
}
