import { describe, expect, test } from 'vitest';
import { fakeHub } from './support/fake-hub.ts';
import { scriptedServer, status } from './support/scripted-server.ts';
import { isOpen, pair, range, type Tab, useTabs } from './support/tabs.ts';
import { aWhile, until } from './support/until.ts';

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
