import type { Broadcaster, Client } from '@sse/core';

/** Who is connected, to this broadcaster or to others beside it: the workers of a process, the servers of a store. */
export interface Presence {
  /** Some of them, the oldest first, and how many there are in all. */
  page(range: {
    readonly limit: number;
    readonly offset: number;
  }): Promise<{ readonly count: number; readonly clients: readonly Client[] }>;
  /** How many there are in all. */
  count(): Promise<number>;
}

/** Of one broadcaster alone. */
export function presenceOf(broadcaster: Pick<Broadcaster, 'clients' | 'size'>): Presence {
  return {
    page: async (range) => ({ count: broadcaster.size, clients: broadcaster.clients(range) }),
    count: async () => broadcaster.size,
  };
}
