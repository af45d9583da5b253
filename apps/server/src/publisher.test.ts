import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPublisher, type Publish, type Publisher } from './publisher.ts';

const EVENT = { topic: 'log', data: { type: 'log' } };
const never = new AbortController().signal;
const onAttempt = vi.fn();

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

function publisherOf(publish: Publish): Publisher {
  return createPublisher({ publish, elapsed: () => Date.now(), patienceMs: 10_000, onAttempt });
}

test('an event that is published is answered true', async () => {
  const publish = vi.fn(() => Promise.resolve('id'));
  const publisher = publisherOf(publish);
  expect(await publisher.send(EVENT, never)).toBe(true);
  expect(publish).toHaveBeenCalledExactlyOnceWith(EVENT);
  expect(onAttempt).toHaveBeenCalledExactlyOnceWith();
  expect(publisher.counts).toEqual({ sent: 1, failed: 0 });
});

describe('a publish', () => {
  test.each<[string, Publish]>([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('that %s is answered false', async (_, publish) => {
    const publisher = publisherOf(publish);
    expect(await publisher.send(EVENT, never)).toBe(false);
    expect(onAttempt).toHaveBeenCalledExactlyOnceWith(new Error('no'));
    expect(publisher.isCalling).toBe(false);
  });

  test('that never settles is answered false after the patience is over', async () => {
    const publisher = publisherOf(() => new Promise(() => undefined));
    const sent = publisher.send(EVENT, never);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await sent).toBe(false);
    expect(publisher.isFailing).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is not waited for after an abort', async () => {
    const controller = new AbortController();
    const publisher = publisherOf(() => new Promise(() => undefined));
    const sent = publisher.send(EVENT, controller.signal);
    controller.abort();
    expect(await sent).toBe(false);
    expect(await publisher.send(EVENT, controller.signal)).toBe(false);
    expect(publisher.counts).toEqual({ sent: 0, failed: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('publishes that never settle are bounded, and more are made once some settle', async () => {
  const settle: (() => void)[] = [];
  const publish = vi.fn<Publish>(() => new Promise((resolve) => settle.push(() => resolve('id'))));
  const publisher = publisherOf(publish);
  setMaxListeners(100, never);
  const sent = Array.from({ length: 100 }, () => publisher.send(EVENT, never));
  await vi.advanceTimersByTimeAsync(10_000);
  expect((await Promise.all(sent)).every((answer) => !answer)).toBe(true);
  expect(publish).toHaveBeenCalledTimes(64);
  for (const finish of settle) finish();
  await vi.advanceTimersByTimeAsync(0);
  const next = publisher.send(EVENT, never);
  settle.at(-1)?.();
  expect(await next).toBe(true);
});

test('it is failing only after failures without a success for as long as the patience', async () => {
  let works = false;
  const publisher = publisherOf(() => (works ? Promise.resolve('id') : Promise.reject(new Error('no'))));
  await publisher.send(EVENT, never);
  await vi.advanceTimersByTimeAsync(9_000);
  await publisher.send(EVENT, never);
  expect(publisher.isFailing).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  await publisher.send(EVENT, never);
  expect(publisher.isFailing).toBe(true);
  works = true;
  await publisher.send(EVENT, never);
  expect(publisher.isFailing).toBe(false);
});

test('it is calling only while publish runs', async () => {
  const seen: boolean[] = [];
  const publisher = publisherOf(() => {
    seen.push(publisher.isCalling);
    return Promise.resolve().then(() => seen.push(publisher.isCalling));
  });
  await publisher.send(EVENT, never);
  expect(seen).toEqual([true, false]);
});
