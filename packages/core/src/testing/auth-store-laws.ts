import type { AuthStore } from '../auth-store.ts';
import { assertLaw, assertSame, type Law, rejectionCode } from './law.ts';

/** How the laws get at a kind of store. */
export interface AuthStoreFixture {
  /** A store of its own, empty, with these bounds. */
  create(bounds: AuthStoreBounds): Promise<AuthStore>;
  /** Another instance on the store of `store`, as another process would open it. Absent where it can't be shared. */
  peer?(store: AuthStore, bounds: AuthStoreBounds): Promise<AuthStore>;
}

/** How much a store keeps at most. */
export interface AuthStoreBounds {
  readonly maxRevocations: number;
  readonly maxTickets: number;
}

/** A time that no test lives to see. */
const LATER_MS = 60_000;
/** A time that is over soon. */
const SOON_MS = 60;

function law(
  name: string,
  check: (store: AuthStore, peer: AuthStore) => Promise<void>,
  bounds: AuthStoreBounds = { maxRevocations: 100, maxTickets: 100 },
): Law<AuthStoreFixture> {
  return {
    name,
    async check(fixture) {
      const store = await fixture.create(bounds);
      const peer = (await fixture.peer?.(store, bounds)) ?? store;
      try {
        await check(store, peer);
      } finally {
        await peer.close();
        await store.close();
      }
    },
  };
}

/** Asks again and again until the answer is the expected one; two seconds at most. */
async function comesToBe(expected: unknown, what: string, ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 2_000;
  for (;;) {
    const answer = await ask();
    if (answer === expected) return;
    assertLaw(Date.now() < deadline, `${what}: expected ${String(expected)}, got ${String(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What every store of authorisation keeps. See {@link AuthStoreFixture}. */
export const authStoreLaws: readonly Law<AuthStoreFixture>[] = [
  law('what is revoked is so for whoever asks, and nothing else is', async (store, peer) => {
    assertSame(await peer.isRevoked(['sub:ann', 'jti:1']), false, 'before');
    assertSame(await store.revoke('sub:ann', Date.now() + LATER_MS), true, 'the answer');
    for (const asked of [store, peer]) {
      assertSame(await asked.isRevoked(['jti:1', 'sub:ann']), true, 'one of two ids');
      assertSame(await asked.isRevoked(['sub:an', 'sub:anna', 'jti:ann', '', '__proto__']), false, 'others');
      assertSame(await asked.isRevoked([]), false, 'none');
    }
  }),

  law('a revocation ends with its time, and a shorter one does not shorten it', async (store, peer) => {
    const until = Date.now() + LATER_MS;
    await store.revoke('short', Date.now() + SOON_MS);
    await store.revoke('long', until);
    await peer.revoke('long', Date.now() + SOON_MS);
    await comesToBe(false, 'isRevoked', () => peer.isRevoked(['short']));
    assertSame(await store.isRevoked(['long']), true, 'the longer one');
    const { ids } = (await peer.revocations()) ?? { ids: new Map() };
    assertSame(ids.get('long'), until, 'when it is over');
  }),

  law('all revocations are told, and again only after another', async (store, peer) => {
    const before = await peer.revocations();
    assertSame(before?.ids.size, 0, 'revocations of an empty store');
    assertSame(await peer.revocations(before?.version), undefined, 'where nothing was added');
    await store.revoke('a', Date.now() + LATER_MS);
    await store.revoke('b', Date.now() + LATER_MS);
    const after = await peer.revocations(before?.version);
    assertSame([...(after?.ids.keys() ?? [])].sort(), ['a', 'b'], 'the ids');
    assertSame(await peer.revocations(after?.version), undefined, 'where nothing was added since');
    assertSame((await peer.revocations())?.ids.size, 2, 'without a version');
  }),

  law('a ticket is good once, on whichever instance', async (store, peer) => {
    assertSame(await store.takeTicket('t'), undefined, 'before');
    assertSame(await store.keepTicket('t', '{"user":"ann — 🙂"}', Date.now() + LATER_MS), true, 'the answer');
    assertSame(await peer.takeTicket('T'), undefined, 'another');
    assertSame(await peer.takeTicket('t'), '{"user":"ann — 🙂"}', 'its text');
    for (const asked of [store, peer]) assertSame(await asked.takeTicket('t'), undefined, 'a second time');
  }),

  law('of many who take one ticket at the same time, one gets it', async (store, peer) => {
    for (let n = 0; n < 20; n++) {
      await store.keepTicket(`t${n}`, 'text', Date.now() + LATER_MS);
      const takers = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? store : peer));
      const answers = await Promise.all(takers.map((taker) => taker.takeTicket(`t${n}`)));
      assertSame(answers.filter((answer) => answer === 'text').length, 1, 'how many got it');
    }
  }),

  law('a ticket whose time is over is good for nothing', async (store, peer) => {
    const until = Date.now() + SOON_MS;
    await store.keepTicket('t', 'text', until);
    while (Date.now() <= until) await new Promise((resolve) => setTimeout(resolve, 5));
    assertSame(await peer.takeTicket('t'), undefined, 'too late');
  }),

  law(
    'beyond the bounds nothing more is kept, and what is over makes room',
    async (store, peer) => {
      const soon = Date.now() + 4 * SOON_MS;
      for (const id of ['a', 'b']) assertSame(await store.revoke(id, soon), true, 'a revocation');
      assertSame(await peer.revoke('c', Date.now() + LATER_MS), false, 'one too many');
      assertSame(await store.isRevoked(['c']), false, 'what was refused');
      assertSame(await peer.revoke('a', soon), true, 'one that is there already');
      for (const id of ['a', 'b', 'c']) assertSame(await store.keepTicket(id, 'x', soon), true, 'a ticket');
      assertSame(await peer.keepTicket('d', 'x', Date.now() + LATER_MS), false, 'one ticket too many');
      assertSame(await store.takeTicket('a'), 'x', 'a ticket that was kept');
      assertSame(await store.keepTicket('e', 'x', soon), true, 'in its place');
      await comesToBe(true, 'revoke', () => peer.revoke('c', Date.now() + LATER_MS));
      await comesToBe(true, 'keepTicket', () => peer.keepTicket('d', 'x', Date.now() + LATER_MS));
    },
    { maxRevocations: 2, maxTickets: 3 },
  ),

  law('after `close` every call is refused, and a second `close` does nothing', async (store) => {
    await store.close();
    await store.close();
    const calls = [
      () => store.revoke('a', Date.now() + LATER_MS),
      () => store.isRevoked(['a']),
      () => store.revocations(),
      () => store.keepTicket('a', '', Date.now() + LATER_MS),
      () => store.takeTicket('a'),
    ];
    for (const call of calls) assertSame(await rejectionCode(call), 'closed', 'the code');
  }),
];
