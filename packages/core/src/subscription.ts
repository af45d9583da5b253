import type { QueueBounds } from './backlog.ts';
import type { Client, ClientIdentity, ClientInfo } from './client.ts';
import type { PublishInput } from './event-input.ts';
import type { Sink } from './sink.ts';
import type { ClosingReason, DisconnectReason } from './system-events.ts';

/** What someone wants to receive, and how to reach them. */
export interface SubscribeRequest extends Partial<QueueBounds> {
  /**
   * Opens the response. Called once, and only when the subscription is certain: until then the caller can still answer
   * with an error.
   */
  readonly open: () => Sink | Promise<Sink>;
  /** Patterns asked for. Absent: everything. */
  readonly topics?: readonly string[] | undefined;
  /** Patterns that may be seen, live and on replay. Absent: everything that is not private. Empty: nothing. */
  readonly allowedTopics?: readonly string[] | undefined;
  /** The last id received earlier, as it came. Absent or empty: from now on. */
  readonly lastEventId?: string | undefined;
  readonly client?: ClientInfo | undefined;
  /** When the rights end, milliseconds since 1970; the stream is then ended with `expired`. */
  readonly expiresAt?: number | undefined;
}

/** What a stream is opened with, all of it checked; kept as long as it is open. */
export interface StreamRequest {
  /** The patterns asked for. */
  readonly topics: readonly string[];
  readonly queue: QueueBounds;
  /** What the client says of itself. */
  readonly client: ClientIdentity;
  /** Wall clock time at which the stream's rights end, milliseconds since 1970. */
  readonly expiresAt: number;
}

/** One open stream. */
export interface Subscription {
  readonly id: string;
  /** Its client, as of now. */
  readonly client: Client;
  /** Settles when the stream is over, with the reason. */
  readonly over: Promise<DisconnectReason>;
  /** Tells the receiver why, and ends the stream. A second call does nothing. */
  close(reason: ClosingReason): void;
}

/** The payloads of `Topics`, as events to publish. */
export type TypedInput<Topics extends object> = {
  [Topic in keyof Topics & string]: PublishInput<Topic, Topics[Topic]>;
}[keyof Topics & string];
