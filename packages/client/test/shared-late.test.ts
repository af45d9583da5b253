import { describe, expect, test } from 'vitest';
import { fakeHub } from './support/fake-hub.ts';
import { isOpen, pair, range, useTabs } from './support/tabs.ts';
import { aWhile, deferred, until } from './support/until.ts';

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
