import { checkList, checkText, cleanText } from './checks.ts';

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

/**
 * Checks and cleans what a client says of itself.
 *
 * @throws SseError `invalid-client`, naming the field and the limit.
 */
export function parseClient(info: ClientInfo = {}): ClientIdentity {
  const { name = '', tags = [], remoteAddress, userAgent, user } = info;
  checkList('invalid-client', 'tags', tags, CLIENT_LIMITS.maxTags);
  const cleaned = tags.map((tag) =>
    checkText('invalid-client', 'each tag', tag, 0, CLIENT_LIMITS.maxTagLength).trim(),
  );
  const unique = new Set(cleaned);
  unique.delete('');
  return {
    name:
      checkText('invalid-client', 'the client name', name, 0, CLIENT_LIMITS.maxNameLength).trim() ||
      'anonymous',
    tags: [...unique],
    ...(remoteAddress !== undefined && { remoteAddress: cleanText(remoteAddress, 64) }),
    ...(userAgent !== undefined && { userAgent: cleanText(userAgent, 256) }),
    ...(user !== undefined && { user }),
  };
}
