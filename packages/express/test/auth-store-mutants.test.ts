import type { AuthStore } from '@sse/core';
import { type AuthStoreBounds, authStoreLaws } from '@sse/core/testing';
import { expect, test } from 'vitest';
import { MemoryAuthStore } from '../src/auth/memory-auth-store.ts';

/** Stores with one fault each. */
const MUTANTS: Readonly<Record<string, (bounds: AuthStoreBounds) => AuthStore>> = {
  'a ticket stays when it is taken': (bounds) => {
    const taken = new Map<string, string>();
    return mutant(new MemoryAuthStore(bounds), ({ takeTicket }) => ({
      async takeTicket(id) {
        const text = (await takeTicket(id)) ?? taken.get(id);
        if (text !== undefined) taken.set(id, text);
        return text;
      },
    }));
  },
  'a ticket is good for ever': (bounds) =>
    mutant(new MemoryAuthStore(bounds), ({ keepTicket }) => ({
      keepTicket: (id, text) => keepTicket(id, text, Date.now() + 3_600_000),
    })),
  'two who ask at the same time both get the ticket': (bounds) => {
    const tickets = new Map<string, string>();
    return mutant(new MemoryAuthStore(bounds), ({ keepTicket }) => ({
      keepTicket(id, text, expiresAt) {
        tickets.set(id, text);
        return keepTicket(id, text, expiresAt);
      },
      async takeTicket(id) {
        const text = tickets.get(id);
        await Promise.resolve();
        tickets.delete(id);
        return text;
      },
    }));
  },
  'a revocation is for ever': (bounds) =>
    mutant(new MemoryAuthStore(bounds), ({ revoke }) => ({
      revoke: (id) => revoke(id, Date.now() + 3_600_000),
    })),
  'a later revocation shortens the first': (bounds) => {
    const times = new Map<string, number>();
    return mutant(new MemoryAuthStore(bounds), ({ revoke, isRevoked }) => ({
      revoke(id, expiresAt) {
        times.set(id, expiresAt);
        return revoke(id, expiresAt);
      },
      isRevoked: async (ids) => (await isRevoked(ids)) && ids.some((id) => (times.get(id) ?? 0) > Date.now()),
      async revocations(version) {
        return version === undefined ? { version: 'x', ids: times } : undefined;
      },
    }));
  },
  'only the first of the ids is looked at': (bounds) =>
    mutant(new MemoryAuthStore(bounds), ({ isRevoked }) => ({
      isRevoked: (ids) => isRevoked(ids.slice(0, 1)),
    })),
  'another revocation has the same version': (bounds) =>
    mutant(new MemoryAuthStore(bounds), ({ revocations }) => ({
      revocations: async (version) => (version === undefined ? revocations() : undefined),
    })),
  'revocations have no bound': (bounds) => new MemoryAuthStore({ ...bounds, maxRevocations: 1_000 }),
  'tickets have no bound': (bounds) => new MemoryAuthStore({ ...bounds, maxTickets: 1_000 }),
  'what is over makes no room': (bounds) => {
    let kept = 0;
    return mutant(new MemoryAuthStore(bounds), ({ keepTicket }) => ({
      keepTicket: async (id, text, expiresAt) =>
        ++kept <= bounds.maxTickets + 2 && keepTicket(id, text, expiresAt),
    }));
  },
  'a closed store goes on': (bounds) =>
    mutant(new MemoryAuthStore(bounds), () => ({ close: async () => undefined })),
};

/** The store, with some methods of its own replaced by others that may call them. */
function mutant(store: AuthStore, change: (original: AuthStore) => Partial<AuthStore>): AuthStore {
  const original: AuthStore = {
    revoke: (id, expiresAt) => store.revoke(id, expiresAt),
    isRevoked: (ids) => store.isRevoked(ids),
    revocations: (version) => store.revocations(version),
    keepTicket: (id, text, expiresAt) => store.keepTicket(id, text, expiresAt),
    takeTicket: (id) => store.takeTicket(id),
    close: () => store.close(),
  };
  return { ...original, ...change(original) };
}

test.each(Object.entries(MUTANTS))('the laws see that %s', async (_, create) => {
  const results = await Promise.allSettled(
    authStoreLaws.map((law) => law.check({ create: async (bounds) => create(bounds) })),
  );
  const broken = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  expect(broken.map(({ reason }) => (reason as Error).name)).toContain('LawBroken');
});
