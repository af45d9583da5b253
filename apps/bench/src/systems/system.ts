import type { BenchEvent } from '../bench-event.ts';

/** One way to serve events, running. */
export interface System {
  readonly port: number;
  /** The stream's path. */
  readonly path: string;
  /** Processes whose CPU time and memory are the system's. */
  readonly pids: readonly number[];
  /**
   * Publishes what belongs to one turn of the event loop. Where a promise comes back, the next turn waits for it.
   * `topics`, where given, has one topic for each event; only systems with topics know what to do with it.
   */
  publish(events: readonly BenchEvent[], topics?: readonly string[]): unknown;
  /** Publishes events and answers their ids, for a client to resume from; absent where there is no replay. */
  remember?(events: readonly BenchEvent[]): Promise<readonly string[]>;
  /** The request line and headers with which events are posted, without a length; absent where they can't be. */
  readonly postHead?: string;
  /** Frees what can be freed, so that memory can be compared; absent where nothing can be asked. */
  collect?(): void;
  /** Ends what was started beside this process. */
  stop?(): void;
}

export type LogName = 'memory' | 'lmdb' | 'redis';

export interface SystemSettings {
  /** Where @sse/core has its history. Absent: in memory. */
  readonly log?: LogName;
  /** Events kept for replay, where the system has a history. */
  readonly history: number;
  /** Events that may wait for one client, where the system has such a bound. Absent: its default. */
  readonly queueEvents?: number;
  /** Events are given as text that is ready to be sent, to systems that take text as it is. */
  readonly asText?: boolean;
  /** The core for what a system starts beside this process; absent: any. */
  readonly core?: number;
  /** Further environment variables of a server that is a program of its own. */
  readonly env?: Readonly<Record<string, string>>;
}

export type StartSystem = (settings: SystemSettings) => Promise<System>;
