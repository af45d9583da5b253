import { describe, expect, test } from 'vitest';
import { type FakeHub, fakeHub } from './support/fake-hub.ts';
import { scriptedServer, status } from './support/scripted-server.ts';
import { type Tab, useTabs } from './support/tabs.ts';
import { aWhile, deferred, until } from './support/until.ts';

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `e-${from + index}`);

const isOpen = ({ stream }: Tab): boolean => stream.status.state === 'open';

/** A hub, a leader and a follower that are open. */
async function pair(options: object = {}): Promise<{
  hub: FakeHub;
  leader: Tab;
  follower: Tab;
  open: ReturnType<typeof useTabs>;
}> {
  const hub = await fakeHub();
  const open = useTabs();
  const leader = open(hub.url, options);
  await until(() => leader.stream.status.role === 'leader' && leader.stream.status.clientId !== undefined);
  const follower = open(hub.url, options);
  await until(() => isOpen(follower));
  return { hub, leader, follower, open };
}

describe('tabs that share', () => {
  test('have one connection, and all get every message', async () => {
    const { hub, leader, follower, open } = await pair();
    const third = open(hub.url);
    await until(() => isOpen(third));
    hub.publish('a', 20);
    const tabs = [leader, follower, third];
    await until(() => tabs.every(({ ids }) => ids().length === 20));
    for (const { ids } of tabs) expect(ids()).toEqual(range(1, 20));
    expect(hub.requests).toHaveLength(1);
    expect(tabs.map(({ stream }) => stream.status.role)).toEqual(['leader', 'follower', 'follower']);
    expect(follower.stream.status).toMatchObject({ clientId: 'c1', heartbeatMs: 30_000 });
  });

  test('ask for the topics of all, at once where they come together, and each gets its own', async () => {
    const hub = await fakeHub();
    const open = useTabs();
    const tabs = [open(hub.url, { topics: ['a'] }), open(hub.url, { topics: ['b.*'] })] as const;
    await until(() => tabs.every(isOpen));
    expect(hub.requests.map(({ query }) => query.get('topics'))).toEqual(['a,b.*']);
    hub.publish('a');
    hub.publish('b.x');
    hub.publish('c');
    hub.publish('a');
    await until(() => tabs[0].ids().length === 2 && tabs[1].ids().length === 1);
    expect(tabs.map(({ ids }) => ids())).toEqual([['e-1', 'e-4'], ['e-2']]);
  });

  test('are asked for more by one that comes later, or changes its topics, without a loss', async () => {
    const { hub, leader, follower, open } = await pair({ topics: ['a'] });
    const third = open(hub.url, { topics: ['b'] });
    await until(() => isOpen(third) && hub.requests.length === 2);
    await until(() => isOpen(leader));
    await follower.stream.setTopics(['a', 'c']);
    hub.publish('a');
    hub.publish('b');
    hub.publish('c');
    await until(() => follower.ids().length === 2 && third.ids().length === 1 && leader.ids().length === 1);
    expect(hub.last().query.get('topics')).toBe('a,b,c');
    expect([leader.ids(), follower.ids(), third.ids()]).toEqual([['e-1'], ['e-1', 'e-3'], ['e-2']]);
  });

  test('ask for what the first wants at last, also where it changes before it is open', async () => {
    const hub = await fakeHub();
    const tab = useTabs()(hub.url, { topics: ['a'] });
    await aWhile(10);
    await tab.stream.setTopics(['b']);
    expect(tab.stream.status.state).toBe('open');
    expect(hub.last().query.get('topics')).toBe('b');
  });

  test('are all closed by a status that refuses one', async () => {
    const server = await scriptedServer(status(404));
    const open = useTabs();
    const tabs = [open(server.url), open(server.url), open(server.url)];
    await until(() => tabs.every(({ stream }) => stream.status.state === 'closed'));
    for (const { stream, told } of tabs) {
      expect(stream.status).toMatchObject({ reason: 'status', httpStatus: 404 });
      expect(told.errors).toMatchObject([{ code: 'status', httpStatus: 404 }]);
    }
    expect(server.requests).toHaveLength(1);
  });
});

describe('when the leader goes', () => {
  test.each([
    ['closes', (tab: Tab) => tab.stream.close()],
    ['vanishes', (tab: Tab) => tab.vanish()],
    ['pauses', (tab: Tab) => tab.stream.pause()],
  ])('as it %s, another goes on from the cursor without loss or repeat', async (_, leave) => {
    const { hub, leader, follower, open } = await pair();
    const third = open(hub.url);
    await until(() => isOpen(third));
    hub.publish('a', 3);
    await until(() => [follower, third].every(({ ids }) => ids().length === 3));
    leave(leader);
    await until(() => hub.open() === 0);
    hub.publish('a', 3);
    await until(() => follower.stream.status.role === 'leader' && isOpen(follower));
    hub.publish('a', 3);
    await until(() => [follower, third].every(({ ids }) => ids().length === 9));
    expect([follower.ids(), third.ids()]).toEqual([range(1, 9), range(1, 9)]);
    expect(hub.last().cursor).toBe('e-3');
    expect(hub.requests).toHaveLength(2);
    for (const { told } of [follower, third]) expect([told.gaps, told.errors]).toEqual([[], []]);
  });

  test('while events stream, nothing is lost or repeated', async () => {
    const { hub, leader, follower } = await pair();
    const publishing = setInterval(() => hub.publish('a'), 1);
    await until(() => follower.ids().length > 20);
    leader.stream.close();
    await until(() => follower.stream.status.role === 'leader' && isOpen(follower));
    const count = follower.ids().length;
    await until(() => follower.ids().length > count + 20);
    clearInterval(publishing);
    await until(() => follower.ids().length === hub.log.length);
    expect(follower.ids()).toEqual(range(1, hub.log.length));
    expect(follower.told.errors).toEqual([]);
  });

  test('before any message came, one that joined it late loses nothing', async () => {
    const { hub, leader, follower } = await pair({ lastEventId: '' });
    hub.publish('a', 0);
    leader.vanish();
    await until(() => hub.open() === 0);
    hub.publish('a', 2);
    await until(() => follower.ids().length === 2);
    expect(follower.ids()).toEqual(['e-1', 'e-2']);
  });

  test('and comes back, it follows, and gets what it missed', async () => {
    const { hub, leader, follower } = await pair();
    hub.publish('a', 2);
    await until(() => leader.ids().length === 2);
    leader.stream.pause();
    await until(() => follower.stream.status.role === 'leader' && isOpen(follower));
    hub.publish('a', 2);
    await until(() => follower.ids().length === 4);
    leader.stream.resume();
    await until(() => leader.ids().length === 4);
    hub.publish('a');
    await until(() => leader.ids().length === 5);
    expect(leader.ids()).toEqual(range(1, 5));
    expect(leader.stream.status.role).toBe('follower');
    expect(leader.told.errors).toEqual([]);
  });
});

describe('a tab that comes later with a cursor', () => {
  test('gets what the leader still has', async () => {
    const { hub, leader, open } = await pair();
    hub.publish('a', 5);
    await until(() => leader.ids().length === 5);
    const late = open(hub.url, { lastEventId: 'e-2' });
    await until(() => late.ids().length === 3);
    expect(late.ids()).toEqual(range(3, 5));
    expect(late.told.gaps).toEqual([]);
    expect(hub.requests).toHaveLength(1);
  });

  test('is told a gap where the leader has it no longer', async () => {
    const { hub, leader, open } = await pair();
    hub.publish('a', 5);
    await until(() => leader.ids().length === 5);
    const late = open(hub.url, { lastEventId: 'x-2' });
    await until(() => late.told.gaps.length === 1);
    await aWhile(10);
    expect(late.told.gaps).toMatchObject([
      { reason: 'evicted', requested: 'x-2', oldest: null, newest: 'e-5' },
    ]);
  });

  test('is told of a gap that the leader was told before', async () => {
    const { hub, leader, open } = await pair();
    hub.publish('a', 3);
    await until(() => leader.ids().length === 3);
    leader.stream.reconnect();
    hub.publish('a', 4);
    hub.trim(6);
    await until(() => leader.told.gaps.length === 1 && leader.ids().includes('e-7'));
    const late = open(hub.url, { lastEventId: 'e-1' });
    await until(() => late.told.gaps.length + late.ids().length > 0);
    const isHonest = late.told.gaps.length > 0 || late.ids().length === 6;
    expect(isHonest).toBe(true);
  });

  test('is told a gap of topics that the leader did not ask for', async () => {
    const { hub, leader, open } = await pair({ topics: ['a'] });
    hub.publish('a');
    await until(() => leader.ids().length === 1);
    hub.publish('b');
    hub.publish('a');
    await until(() => leader.ids().length === 2);
    const late = open(hub.url, { topics: ['b'], lastEventId: 'e-1' });
    await until(() => late.told.gaps.length === 1 || late.ids().length === 1);
    hub.publish('b');
    await until(() => late.ids().includes('e-4'));
  });

  test('or together with the first, is not passed over', async () => {
    const hub = await fakeHub();
    hub.publish('a', 9);
    const open = useTabs();
    const first = open(hub.url, { lastEventId: 'e-7' });
    const second = open(hub.url, { lastEventId: 'e-3' });
    await until(() => first.ids().length === 2);
    await until(() => second.told.gaps.length === 1 || second.ids().length === 6);
    expect(first.ids()).toEqual(['e-8', 'e-9']);
    expect(first.told.gaps).toEqual([]);
  });

  test('gets everything in order while events stream', async () => {
    const { hub, leader, open } = await pair();
    const publishing = setInterval(() => hub.publish('a'), 1);
    await until(() => leader.ids().length > 30);
    const late = open(hub.url, { lastEventId: 'e-10' });
    await until(() => late.ids().length > 60);
    clearInterval(publishing);
    await until(() => late.ids().at(-1) === `e-${hub.log.length}`);
    expect(late.ids()).toEqual(range(11, hub.log.length));
    expect(late.told.errors).toEqual([]);
    expect(late.told.gaps).toEqual([]);
  });
});

describe('a follower', () => {
  test('that vanishes is no longer asked for, and one that stays is', async () => {
    const { hub, leader, follower, open } = await pair({ topics: ['a'] });
    await follower.stream.setTopics(['b']);
    follower.vanish();
    await aWhile(20);
    const third = open(hub.url, { topics: ['c'] });
    await until(() => isOpen(third) && hub.last().query.get('topics') === 'a,c');
    expect(leader.stream.status.role).toBe('leader');
  });

  test('reconnects the leader’s connection', async () => {
    const { hub, follower } = await pair();
    follower.stream.reconnect();
    await until(() => hub.requests.length === 2 && hub.open() === 1);
    hub.publish('a');
    await until(() => follower.ids().length === 1);
  });

  test('that is paused gets nothing, and with `resume` what it missed', async () => {
    const { hub, leader, follower } = await pair();
    hub.publish('a', 1);
    await until(() => follower.ids().length === 1);
    follower.stream.pause();
    expect(follower.stream.status).toMatchObject({ state: 'paused', reason: 'asked' });
    hub.publish('a', 3);
    await until(() => leader.ids().length === 4);
    await aWhile(10);
    expect(follower.ids()).toEqual(['e-1']);
    follower.stream.resume();
    await until(() => follower.ids().length === 4);
    expect(follower.ids()).toEqual(range(1, 4));
    expect(hub.requests).toHaveLength(1);
  });

  test('that is slow is paused alone, and loses nothing', async () => {
    const { hub, leader, open } = await pair();
    const slow = open(hub.url, { maxPending: 3 });
    await until(() => isOpen(slow));
    const work = deferred();
    slow.stream.on('*', () => work.promise);
    hub.publish('a', 10);
    await until(() => slow.stream.status.state === 'paused' && leader.ids().length === 10);
    work.resolve();
    await until(() => slow.ids().length === 10);
    expect(slow.ids()).toEqual(range(1, 10));
    expect(leader.ids()).toEqual(range(1, 10));
  });

  test('stays closed, whatever comes after: pause, resume, handlers that were behind', async () => {
    const { hub, open } = await pair();
    const slow = open(hub.url, { maxPending: 1 });
    await until(() => isOpen(slow));
    const work = deferred();
    slow.stream.on('*', () => work.promise);
    hub.publish('a', 10);
    await until(() => slow.stream.status.state === 'paused');
    slow.stream.close();
    work.resolve();
    slow.stream.pause();
    slow.stream.resume();
    await aWhile(20);
    expect(slow.stream.status).toMatchObject({ state: 'closed', reason: 'closed' });
  });

  test('changes its topics while it is paused, and has them with `resume`', async () => {
    const { hub, follower } = await pair({ topics: ['a'] });
    follower.stream.pause();
    await follower.stream.setTopics(['a', 'b']);
    follower.stream.resume();
    await until(() => hub.requests.length === 2 && hub.open() === 1 && isOpen(follower));
    hub.publish('b');
    await until(() => follower.ids().length === 1);
  });
});
