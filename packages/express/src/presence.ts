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
  /** Ends the stream of the client with this id, wherever it is; answers whether there was one. */
  disconnect(id: string): Promise<boolean>;
}

/** Of one broadcaster alone. */
export function presenceOf(broadcaster: Pick<Broadcaster, 'clients' | 'size' | 'disconnect'>): Presence {
  return {
    page: async (range) => ({ count: broadcaster.size, clients: broadcaster.clients(range) }),
    count: async () => broadcaster.size,
    disconnect: async (id) => broadcaster.disconnect((client) => client.id === id) > 0,
  };
}
