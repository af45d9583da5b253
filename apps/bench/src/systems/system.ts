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
  /** Publishes one event and answers the id that a client would resume from; absent where there is no replay. */
  remember?(event: BenchEvent): Promise<string>;
  /** Frees what can be freed, so that memory can be compared; absent where nothing can be asked. */
  collect?(): void;
  /** Ends what was started beside this process. */
  stop?(): void;
}

export interface SystemSettings {
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
