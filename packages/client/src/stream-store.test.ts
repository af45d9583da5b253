import { expect, test } from 'vitest';
import { StreamStore } from './stream-store.ts';
import type { StreamStatus } from './types.ts';

const CONNECTING: StreamStatus = { state: 'connecting', reason: 'start', attempt: 1 };
const OPEN: StreamStatus = { state: 'open', reason: 'start', attempt: 1 };

test('the snapshot is the same object until something changes, and frozen', () => {
  const store = new StreamStore(CONNECTING);
  const before = store.getSnapshot();
  expect(store.getSnapshot()).toBe(before);
  store.setLatest('metric', 1);
  const after = store.getSnapshot();
  expect(after).not.toBe(before);
  expect(store.getSnapshot()).toBe(after);
  expect(before.latest).toEqual({});
  expect(Object.isFrozen(after) && Object.isFrozen(after.latest)).toBe(true);
});

test('it has the status and the latest payload of each topic', () => {
  const store = new StreamStore(CONNECTING);
  store.setLatest('metric', 1);
  store.setLatest('alert', { level: 2 });
  store.setLatest('metric', 3);
  store.setStatus(OPEN);
  expect(store.getSnapshot()).toEqual({ status: OPEN, latest: { metric: 3, alert: { level: 2 } } });
});

test('of more than 1,000 topics, the one that was quiet for longest is forgotten', () => {
  const store = new StreamStore(CONNECTING);
  for (let n = 0; n < 1_000; n += 1) store.setLatest(`t${n}`, n);
  store.setLatest('t0', 'again');
  store.setLatest('another', 1);
  const { latest } = store.getSnapshot();
  expect(Object.keys(latest)).toHaveLength(1_000);
  expect(latest).toMatchObject({ t0: 'again', another: 1 });
  expect(latest).not.toHaveProperty('t1');
});

test('a topic of any name is only a topic', () => {
  const store = new StreamStore(CONNECTING);
  store.setLatest('__proto__', { polluted: true });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(Object.keys(store.getSnapshot().latest)).toEqual(['__proto__']);
});

test('each subscription is called with each change until it is taken back', () => {
  const store = new StreamStore(CONNECTING);
  const calls: number[] = [];
  const listener = (): void => void calls.push(1);
  const first = store.subscribe(listener);
  const second = store.subscribe(listener);
  store.setStatus(OPEN);
  expect(calls).toHaveLength(2);
  first();
  first();
  store.setStatus(CONNECTING);
  expect(calls).toHaveLength(3);
  second();
  store.setStatus(OPEN);
  expect(calls).toHaveLength(3);
});
