import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AuthStore } from '@sse/core';
import { type AuthStoreFixture, authStoreLaws } from '@sse/core/testing';
import { open } from 'lmdb';
import { describe, expect, test } from 'vitest';
import { LmdbAuthStore } from '../src/index.ts';
import { programOf } from './child.ts';
import { temporaryDatabase } from './temporary-database.ts';

const paths = new WeakMap<AuthStore, string>();

const alone: AuthStoreFixture = {
  create: async (bounds) => {
    const path = temporaryDatabase();
    const store = new LmdbAuthStore({ path, ...bounds });
    paths.set(store, path);
    return store;
  },
};
const peer: NonNullable<AuthStoreFixture['peer']> = async (store, bounds) =>
  new LmdbAuthStore({ path: paths.get(store) ?? '', ...bounds });

describe('an LmdbAuthStore keeps the laws of every store', () => {
  for (const law of authStoreLaws) test(law.name, () => law.check(alone));
});

describe('two LmdbAuthStores on one file keep the laws of every store', () => {
  for (const law of authStoreLaws) test(law.name, () => law.check({ ...alone, peer }));
});

test('a revocation and a ticket outlive the store', async () => {
  const path = temporaryDatabase();
  const first = new LmdbAuthStore({ path });
  await first.revoke('sub:ann', Date.now() + 60_000);
  await first.keepTicket('t', 'text', Date.now() + 60_000);
  await first.close();
  const second = new LmdbAuthStore({ path });
  expect(await second.isRevoked(['sub:ann'])).toBe(true);
  expect(await second.takeTicket('t')).toBe('text');
  await second.close();
});

test('processes that take one ticket at the same time get it once, and one killed at it loses no revocation', async () => {
  const path = temporaryDatabase();
  const store = new LmdbAuthStore({ path });
  await store.keepTicket('t', 'text', Date.now() + 60_000);
  const program = await programOf('auth-main');
  const children = Array.from({ length: 3 }, () => fork(program, [path]));
  const answers = await Promise.all(
    children.map(async (child) => (await once(child, 'message'))[0] as string),
  );
  for (const child of children) child.kill('SIGKILL');
  expect(answers.filter((answer) => answer === 'text')).toHaveLength(1);
  expect(await store.isRevoked(['by a child'])).toBe(true);
  await store.close();
});

test('an LMDB database of another format, and what is none, are refused', async () => {
  const other = temporaryDatabase();
  const root = open({ path: other, noSubdir: true, encoding: 'json' });
  await root.openDB<string, string>('auth-meta', { encoding: 'json' }).put('format', '@sse/lmdb auth 2');
  await root.close();
  expect(() => new LmdbAuthStore({ path: other })).toThrow(/auth 2/);
  const text = temporaryDatabase();
  writeFileSync(text, 'no database at all, but a text that is long enough to be looked at'.repeat(200));
  expect(() => new LmdbAuthStore({ path: text })).toThrow(/no LMDB database/);
});

test.each([{ maxTickets: 0 }, { maxRevocations: 1.5 }])('%j is refused', (bounds) => {
  expect(() => new LmdbAuthStore({ path: temporaryDatabase(), ...bounds })).toThrow(/positive integer/);
});
