import type { Faults, Order } from './ledger.ts';

/** Subscribers to connect, all of one process. */
export interface ConnectRequest {
  readonly port: number;
  /** The subscriber with index i asks for the i-th of them; after the last one they begin anew. */
  readonly paths: readonly string[];
  readonly subscribers: number;
  /** Connections that are being set up at the same time. */
  readonly atOnce: number;
  readonly eventBytes: number;
  readonly order: Order;
  /** What the scenario waits for: events of the slowest subscriber, or of all together. */
  readonly progressOf: 'slowest' | 'all';
  readonly lastEventId?: string;
  /** The first number that everyone has to get, counted from 0. */
  readonly first?: number;
  /** So many of those that read are taken apart as a client would do it, beside the scanning that all are put to. */
  readonly strictly: number;
  /** So many of them never read after the head. */
  readonly stuck?: number;
}

export interface Connected {
  readonly seconds: number;
  readonly perSecond: number;
  /** Microseconds from connecting to the first byte of the answer. */
  readonly firstByteP50: number;
  readonly firstByteP99: number;
}

/** What was received between `begin` and `end`. */
export interface Measured {
  readonly seconds: number;
  readonly deliveries: number;
  readonly bytes: number;
  readonly latencyP50: number;
  readonly latencyP99: number;
  readonly latencyMax: number;
  /** Last arrival minus first, of events that reached everyone; microseconds. */
  readonly spreadP50: number;
  readonly spreadMax: number;
}

export interface Verdict extends Faults {
  /** Events over all subscribers. */
  readonly received: number;
  /** Connections that the server ended; those that never read notice nothing. */
  readonly closed: number;
  /** What the sample that was read strictly found. */
  readonly wrong?: string;
}
