import { expect, test } from 'vitest';
import { Handlers } from './handlers.ts';

const ignore = (): void => undefined;

test('handlers are called in the order in which they came, each registration once', () => {
  const handlers = new Handlers();
  const calls: string[] = [];
  const first = (text: string): void => void calls.push(`first ${text}`);
  handlers.add('a', first);
  handlers.add('a', (text: string) => void calls.push(`second ${text}`));
  const remove = handlers.add('a', first);
  void handlers.call('a', ['x'], ignore);
  expect(calls).toEqual(['first x', 'second x', 'first x']);
  remove();
  remove();
  void handlers.call('a', ['y'], ignore);
  expect(calls.slice(3)).toEqual(['first y', 'second y']);
});

test('what one throws, or rejects with, is told, and the others are called', async () => {
  const handlers = new Handlers();
  const failures: unknown[] = [];
  let called = 0;
  handlers.add('a', () => {
    throw new Error('thrown');
  });
  handlers.add('a', () => Promise.reject(new Error('rejected')));
  handlers.add('a', () => {
    called += 1;
  });
  await Promise.all(handlers.call('a', [], (cause) => failures.push(cause)));
  expect(called).toBe(1);
  expect(failures).toEqual([new Error('thrown'), new Error('rejected')]);
});

test('only those that are not done are waited for', () => {
  const handlers = new Handlers();
  handlers.add('a', () => 5);
  handlers.add('a', () => Promise.resolve());
  handlers.add('a', () => Object.fromEntries([['then', (done: () => void) => done()]]));
  expect(handlers.call('a', [], ignore)).toHaveLength(2);
  expect(handlers.call('b', [], ignore)).toEqual([]);
});

test('one that is taken away, or added, meanwhile is not called', () => {
  const handlers = new Handlers();
  const calls: string[] = [];
  handlers.add('a', () => {
    calls.push('first');
    remove();
    handlers.add('a', () => void calls.push('late'));
  });
  const remove = handlers.add('a', () => void calls.push('second'));
  void handlers.call('a', [], ignore);
  expect(calls).toEqual(['first']);
});

test('a signal takes a handler away; one that is aborted never lets it in', () => {
  const handlers = new Handlers();
  const abort = new AbortController();
  const calls: number[] = [];
  handlers.add('a', () => void calls.push(1), abort.signal);
  handlers.add('a', () => void calls.push(1), AbortSignal.abort());
  void handlers.call('a', [], ignore);
  abort.abort();
  void handlers.call('a', [], ignore);
  expect(calls).toHaveLength(1);
  expect(handlers.has('a')).toBe(false);
});
