import { describeValue, SseError } from './errors.ts';

/** Bounds of what a client says of itself. Beyond them: `invalid-client`. */
export const CLIENT_LIMITS: Readonly<{
  /** UTF-16 units in a name. */
  maxNameLength: number;
  /** Tags of one client. */
  maxTags: number;
  /** UTF-16 units in a tag. */
  maxTagLength: number;
}> = Object.freeze({ maxNameLength: 128, maxTags: 20, maxTagLength: 64 });

/** What a client says of itself when it subscribes. All of it is untrusted. */
export interface ClientInfo {
  /** Shown in `/clients` and logs. @defaultValue `anonymous`, also when empty */
  readonly name?: string | undefined;
  /** Free words to find a client by; empty ones and repeats are dropped. */
  readonly tags?: readonly string[] | undefined;
  /** Cut at 64 characters. */
  readonly remoteAddress?: string | undefined;
  /** Cut at 256 characters. */
  readonly userAgent?: string | undefined;
  /** Who it is, once authorised; never shown to other clients. */
  readonly user?: string | undefined;
}

/** What `clients()` shows of one open connection, as of now. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly topics: readonly string[];
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  /** Events given to its connection, replayed ones included. */
  readonly eventsReceived: number;
  /** Events that wait because its connection takes no more. */
  readonly queueSize: number;
  /** Bytes that wait, with those that its connection still holds. */
  readonly queueBytes: number;
  readonly remoteAddress?: string;
  readonly userAgent?: string;
  readonly user?: string;
}

/** The cleaned part of a client that does not change while it is connected. */
export type ClientIdentity = Pick<Client, 'name' | 'tags' | 'remoteAddress' | 'userAgent' | 'user'>;

// Control characters, lone surrogates, line and paragraph separators, and what turns the direction of text.
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const FORBIDDEN_ALL = new RegExp(FORBIDDEN, 'gu');

function checkText(value: unknown, what: string, maxLength: number): string {
  if (typeof value !== 'string') throw refusal(what, 'a string', value);
  if (value.length > maxLength) throw refusal(what, `at most ${maxLength} characters long`, value);
  if (FORBIDDEN.test(value)) throw refusal(what, 'free of control characters', value);
  return value.trim();
}

function refusal(what: string, expected: string, value: unknown): SseError {
  return new SseError('invalid-client', `Expected ${what} to be ${expected}, got ${describeValue(value)}`);
}

/** For what the client did not choose to say: cut and cleaned, never refused. */
function cleanText(value: string, maxLength: number): string {
  return value.slice(0, maxLength).replace(FORBIDDEN_ALL, '');
}

/**
 * Checks and cleans what a client says of itself.
 *
 * @throws SseError `invalid-client`, naming the field and the limit.
 */
export function parseClient(info: ClientInfo = {}): ClientIdentity {
  const name = checkText(info.name ?? '', 'the client name', CLIENT_LIMITS.maxNameLength);
  const tags = info.tags ?? [];
  if (!Array.isArray(tags)) throw refusal('the tags', 'a list', tags);
  if (tags.length > CLIENT_LIMITS.maxTags)
    throw new SseError(
      'invalid-client',
      `Expected at most ${CLIENT_LIMITS.maxTags} tags, got ${tags.length}`,
    );
  const cleaned = tags.map((tag) => checkText(tag, 'each tag', CLIENT_LIMITS.maxTagLength));
  return {
    name: name === '' ? 'anonymous' : name,
    tags: [...new Set(cleaned.filter((tag) => tag !== ''))],
    ...(info.remoteAddress === undefined ? {} : { remoteAddress: cleanText(info.remoteAddress, 64) }),
    ...(info.userAgent === undefined ? {} : { userAgent: cleanText(info.userAgent, 256) }),
    ...(info.user === undefined ? {} : { user: info.user }),
  };
}
