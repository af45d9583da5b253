import { randomUUID } from 'node:crypto';
import { type AuthStore, type Environment, type Revocations, SseError, systemEnvironment } from '@sse/core';
import type { Database } from 'lmdb';
import { type AuthFile, acquireAuthFile, type Ticket } from './auth-file.ts';
import { assertRoom, unavailable } from './unavailable.ts';

export interface LmdbAuthStoreBounds {
  /** Revocations at the same time. @defaultValue 10 000 */
  readonly maxRevocations: number;
  /** Tickets that wait at the same time. @defaultValue 100 000 */
  readonly maxTickets: number;
}

export interface LmdbAuthStoreOptions extends Partial<LmdbAuthStoreBounds> {
  /** The file, not that of an event log. It is made, with its folder, where there is none; on a disk of this machine. */
  readonly path: string;
  /** @defaultValue the system's */
  readonly environment?: Pick<Environment, 'now'>;
}

export const LMDB_AUTH_STORE_DEFAULTS: LmdbAuthStoreBounds = Object.freeze({
  maxRevocations: 10_000,
  maxTickets: 100_000,
});

const VERSION = 'version';
/** Tickets whose time is over that are removed with each new one, so that there are never many. */
const PRUNED = 100;

/**
 * What authorisation has to remember, in a file of this machine that all its processes share: a revocation is on the disk
 * before it is acknowledged, and outlives a restart and a power cut.
 */
export class LmdbAuthStore implements AuthStore {
  readonly #path: string;
  readonly #bounds: LmdbAuthStoreBounds;
  readonly #environment: Pick<Environment, 'now'>;
  readonly #file: AuthFile;
  #isClosed = false;

  /**
   * Opens the file, or makes it.
   *
   * @throws SseError `invalid-option` for a file that is another program's or of a later version, and for bounds that are
   *   no positive integers; `log-unavailable` where it can't be opened.
   */
  constructor(options: LmdbAuthStoreOptions) {
    const { path, environment = systemEnvironment, ...given } = options;
    this.#bounds = { ...LMDB_AUTH_STORE_DEFAULTS, ...given };
    for (const [name, value] of Object.entries(this.#bounds))
      if (!Number.isSafeInteger(value) || value <= 0)
        throw new SseError('invalid-option', `Expected \`${name}\` to be a positive integer`);
    this.#environment = environment;
    this.#file = acquireAuthFile(path);
    this.#path = this.#file.path;
  }

  async revoke(id: string, expiresAt: number): Promise<boolean> {
    return this.#use('Revoking in', async ({ revoked, meta }) => {
      assertRoom(this.#path, 'Revoking in');
      const now = this.#environment.now();
      const over = [...revoked.getRange({})].filter(({ value }) => value <= now);
      const known = revoked.get(id);
      const count = countOf(revoked) - over.length;
      if (known === undefined && count >= this.#bounds.maxRevocations) return false;
      const writes = over.filter(({ key }) => key !== id).map(({ key }) => revoked.remove(key));
      writes.push(revoked.put(id, Math.max(known ?? 0, expiresAt)));
      // Behind the id: whoever sees the new version sees the id, too.
      writes.push(meta.put(VERSION, randomUUID()));
      await Promise.all(writes);
      return true;
    });
  }

  async isRevoked(ids: readonly string[]): Promise<boolean> {
    return this.#use('Reading', async ({ revoked }) => {
      const now = this.#environment.now();
      return ids.some((id) => (revoked.get(id) ?? 0) > now);
    });
  }

  async revocations(version?: string): Promise<Revocations | undefined> {
    return this.#use('Reading', async ({ revoked, meta }) => {
      const found = meta.get(VERSION) ?? 'none';
      if (found === version) return undefined;
      const now = this.#environment.now();
      const ids = [...revoked.getRange({})].filter(({ value }) => value > now);
      return { version: found, ids: new Map(ids.map(({ key, value }) => [key, value])) };
    });
  }

  async keepTicket(id: string, text: string, expiresAt: number): Promise<boolean> {
    return this.#use('Keeping a ticket in', async ({ tickets, expiries }) => {
      assertRoom(this.#path, 'Keeping a ticket in');
      const now = this.#environment.now();
      const over = [...expiries.getRange({ end: [now, ''], limit: PRUNED })].map(({ key }) => key);
      const writes: Promise<boolean>[] = [];
      let count = countOf(tickets);
      for (const key of over) {
        if (tickets.doesExist(key[1])) count--;
        writes.push(tickets.remove(key[1]), expiries.remove(key));
      }
      const isKept = count < this.#bounds.maxTickets;
      if (isKept) writes.push(expiries.put([expiresAt, id], true), tickets.put(id, { text, expiresAt }, 1));
      await Promise.all(writes);
      return isKept;
    });
  }

  async takeTicket(id: string): Promise<string | undefined> {
    return this.#use('Taking a ticket from', async ({ tickets }) => {
      assertRoom(this.#path, 'Taking a ticket from');
      const ticket: Ticket | undefined = tickets.get(id);
      if (ticket === undefined || ticket.expiresAt <= this.#environment.now()) return undefined;
      // Of all processes that come this far, one removes it.
      return (await tickets.remove(id, 1)) ? ticket.text : undefined;
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.release();
  }

  async #use<Answer>(what: string, work: (file: AuthFile) => Promise<Answer>): Promise<Answer> {
    if (this.#isClosed) throw new SseError('closed', 'The store of authorisation has been closed');
    try {
      // What other processes have written since.
      this.#file.refresh();
      return await work(this.#file);
    } catch (error) {
      throw await unavailable(this.#path, what, error);
    }
  }
}

function countOf(database: Pick<Database, 'getStats'>): number {
  return (database.getStats() as { readonly entryCount: number }).entryCount;
}
