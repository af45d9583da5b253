import type { Client } from '@sse/core';
import type { ProducerStatus } from '../producer.ts';

/** What a worker tells the primary. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'size'; readonly size: number }
  /** Asks for the first clients of all workers. */
  | { readonly kind: 'ask'; readonly question: number; readonly limit: number }
  /** Answers the primary's question. */
  | { readonly kind: 'clients'; readonly question: number; readonly clients: readonly Client[] };

/** What the primary tells a worker. */
export type FromPrimary =
  | { readonly kind: 'state'; readonly state: ClusterState }
  | { readonly kind: 'clients?'; readonly question: number; readonly limit: number }
  | { readonly kind: 'answer'; readonly question: number; readonly clients: readonly Client[] }
  /** Takes no more connections, ends its streams, and exits. */
  | { readonly kind: 'retire' };

/** What is known of all workers together. */
export interface ClusterState {
  /** Open streams of all workers. */
  readonly clients: number;
  /** Of the producer that runs in the primary. */
  readonly eventProducer: ProducerStatus;
}
