import type { Client } from '@sse/core';
import type { Snapshot } from '../metrics/snapshot.ts';
import type { ProducerStatus } from '../producer.ts';

/** What one worker asks of all, by way of the primary. */
export type About =
  /** Its first clients, as many as this. */
  | { readonly clients: number }
  /** Whether it had this client, whose stream it has ended. */
  | { readonly disconnect: string }
  /** Its metrics. */
  | { readonly metrics: true };

/** What a worker answers: its clients, whether it had the one to disconnect, or its metrics. */
export interface Answer {
  readonly clients: readonly Client[];
  readonly found: boolean;
  /** Of one process from a worker; of all from the primary. */
  readonly metrics?: readonly Snapshot[];
}

/** What a worker tells the primary. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'size'; readonly size: number }
  /** Its last metrics, before it goes. */
  | { readonly kind: 'farewell'; readonly metrics: Snapshot }
  | { readonly kind: 'ask'; readonly question: number; readonly about: About }
  | { readonly kind: 'reply'; readonly question: number; readonly answer: Answer };

/** What the primary tells a worker. */
export type FromPrimary =
  | { readonly kind: 'state'; readonly state: ClusterState }
  | { readonly kind: 'question'; readonly question: number; readonly about: About }
  | { readonly kind: 'answer'; readonly question: number; readonly answer: Answer }
  /** Takes no more connections, ends its streams, and exits. */
  | { readonly kind: 'retire' };

/** What is known of all workers together. */
export interface ClusterState {
  /** Open streams of all workers. */
  readonly clients: number;
  /** Of the producer that runs in the primary. */
  readonly eventProducer: ProducerStatus;
}
