import type { StreamError } from './errors.ts';
import type { StreamRequest } from './request.ts';
import type { RawEvent } from './source.ts';
import type { StreamStatus } from './types.ts';

export type PauseReason = 'asked' | 'hidden' | 'pending';

/** What a stream hears of its connection. */
export interface LinkListener {
  received(raw: RawEvent): void;
  changed(status: StreamStatus): void;
  failed(error: StreamError): void;
}

/** A stream's connection: its own, or one that it shares with other tabs. */
export interface Link {
  /** Where the connection would resume: the id of the last block that came. */
  readonly cursor: string;
  start(): void;
  /** Has events of this name reported, where the transport has to be asked. */
  listen(event: string): void;
  /** Tells `connecting` or `paused` before it returns, and `open` when these topics come. */
  setTopics(topics: readonly string[] | undefined): void;
  /** Drops the connection and comes back at once, from `cursor` where one is given. */
  reconnect(cursor?: string): void;
  /** Closes the connection until each reason is taken back. */
  pause(reason: PauseReason): void;
  resume(reason: PauseReason): void;
  /** The page or the network came back: tries at once where it waits, or has not heard a byte for long. */
  wake(): void;
  close(): void;
}

/** Makes a link; `start` opens it. */
export type OpenLink = (
  request: StreamRequest,
  topics: readonly string[] | undefined,
  cursor: string,
  listener: LinkListener,
) => Link;
