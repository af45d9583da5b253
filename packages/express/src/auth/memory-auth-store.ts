import { type AuthStore, type Environment, type Revocations, SseError, systemEnvironment } from '@sse/core';

/** Bounds of a store. */
export interface MemoryAuthStoreBounds {
  /** Revocations at the same time. @defaultValue 10 000 */
  readonly maxRevocations: number;
  /** Tickets that wait at the same time. @defaultValue 100 000 */
  readonly maxTickets: number;
}

export interface MemoryAuthStoreOptions extends Partial<MemoryAuthStoreBounds> {
  readonly environment?: Pick<Environment, 'now'> | undefined;
}

export const MEMORY_AUTH_STORE_DEFAULTS: MemoryAuthStoreBounds = Object.freeze({
  maxRevocations: 10_000,
  maxTickets: 100_000,
});

interface Ticket {
  readonly text: string;
  readonly expiresAt: number;
}

/** The store of one process: what is revoked is forgotten with it, so it is for tokens that do not outlive a restart. */
export class MemoryAuthStore implements AuthStore {
  readonly #bounds: MemoryAuthStoreBounds;
  readonly #environment: Pick<Environment, 'now'>;
  readonly #revoked = new Map<string, number>();
  readonly #tickets = new Map<string, Ticket>();
  #version = 0;
  #isClosed = false;

  constructor(options: MemoryAuthStoreOptions = {}) {
    const { environment = systemEnvironment, ...bounds } = options;
    this.#bounds = { ...MEMORY_AUTH_STORE_DEFAULTS, ...bounds };
    this.#environment = environment;
  }

  async revoke(id: string, expiresAt: number): Promise<boolean> {
    const now = this.#now();
    const known = this.#revoked.get(id) ?? 0;
    if (!this.#revoked.has(id) && this.#revoked.size >= this.#bounds.maxRevocations) {
      for (const [other, until] of this.#revoked) if (until <= now) this.#revoked.delete(other);
      if (this.#revoked.size >= this.#bounds.maxRevocations) return false;
    }
    this.#revoked.set(id, Math.max(known, expiresAt));
    this.#version++;
    return true;
  }

  async isRevoked(ids: readonly string[]): Promise<boolean> {
    const now = this.#now();
    return ids.some((id) => (this.#revoked.get(id) ?? 0) > now);
  }

  async revocations(version?: string): Promise<Revocations | undefined> {
    const now = this.#now();
    if (version === String(this.#version)) return undefined;
    return {
      version: String(this.#version),
      ids: new Map([...this.#revoked].filter(([, until]) => until > now)),
    };
  }

  async keepTicket(id: string, text: string, expiresAt: number): Promise<boolean> {
    const now = this.#now();
    if (this.#tickets.size >= this.#bounds.maxTickets) {
      // They came in about the order in which they expire: a full store is not searched through for each request.
      for (const [other, ticket] of this.#tickets) {
        if (ticket.expiresAt > now) break;
        this.#tickets.delete(other);
      }
      if (this.#tickets.size >= this.#bounds.maxTickets) return false;
    }
    this.#tickets.set(id, { text, expiresAt });
    return true;
  }

  async takeTicket(id: string): Promise<string | undefined> {
    const now = this.#now();
    const ticket = this.#tickets.get(id);
    this.#tickets.delete(id);
    return ticket !== undefined && ticket.expiresAt > now ? ticket.text : undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tickets.clear();
  }

  #now(): number {
    if (this.#isClosed) throw new SseError('closed', 'The store of authorisation has been closed');
    return this.#environment.now();
  }
}
