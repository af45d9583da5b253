import { expect, test } from 'vitest';
import type { NewEvent, TailBatch } from './event-log.ts';
import { MemoryEventLog } from './memory-event-log.ts';

const event = (data: string): NewEvent => ({ topic: 'a', data });
const events = (count: number): NewEvent[] =>
  Array.from({ length: count }, (_, index) => event(`${index + 1}`));
const create = (options: ConstructorParameters<typeof MemoryEventLog>[0] = {}) => ({
  log: new MemoryEventLog(options),
});

const next = async (tail: AsyncIterator<TailBatch>): Promise<TailBatch> => {
  const result = await tail.next();
  if (result.done === true) throw new Error('The tail has ended');
  return result.value;
};
const open = (log: MemoryEventLog, signal = new AbortController().signal) =>
  log.tail(signal)[Symbol.asyncIterator]();

test('a tail says at once where now is, then brings what is appended, each entry once', async () => {
  const { log } = create();
  const [first] = await log.append([event('1')]);
  const tail = open(log);
  expect(await next(tail)).toEqual({ entries: [], position: first });
  const [, third] = await log.append([event('2'), event('3')]);
  expect(await next(tail)).toMatchObject({ entries: [{ data: '2' }, { data: '3' }], position: third });
  const waiting = next(tail);
  await log.append([event('4')]);
  expect(await waiting).toMatchObject({ entries: [{ data: '4' }] });
});

test('a tail brings what history has already forgotten', async () => {
  const { log } = create({ maxEntries: 1 });
  const tail = open(log);
  await log.append(events(5));
  await next(tail);
  expect((await next(tail)).entries).toHaveLength(5);
});

test('a tail as far behind as it may be goes on; one entry more, and it fails with log-overrun', async () => {
  const { log } = create({ maxTailEntries: 3 });
  const ok = open(log);
  const behind = open(log);
  await next(ok);
  await log.append(events(3));
  expect((await next(ok)).entries).toHaveLength(3);
  await log.append(events(1));
  expect((await next(ok)).entries).toHaveLength(1);
  await expect(behind.next()).rejects.toMatchObject({ code: 'log-overrun' });
  expect(await behind.next()).toEqual({ done: true, value: undefined });
});

test('a tail that fell behind holds nothing back from the others', async () => {
  const { log } = create({ maxTailEntries: 1 });
  const behind = open(log);
  await log.append(events(2));
  const fresh = open(log);
  expect((await next(fresh)).entries).toEqual([]);
  await log.append([event('x')]);
  expect((await next(fresh)).entries).toMatchObject([{ data: 'x' }]);
  await expect(behind.next()).rejects.toMatchObject({ code: 'log-overrun' });
});

test('a tail ends when its signal aborts, when it is left, and when the log closes', async () => {
  const { log } = create();
  const abort = new AbortController();
  const tails = [open(log, abort.signal), open(log), open(log), open(log, AbortSignal.abort())] as const;
  for (const tail of tails.slice(0, 3)) await next(tail);
  const waiting = tails[2].next();
  abort.abort();
  await tails[1].return?.();
  await log.close();
  expect(await waiting).toEqual({ done: true, value: undefined });
  for (const tail of tails) expect(await tail.next()).toEqual({ done: true, value: undefined });
});

test('a tail leaves no listener on the signal', () => {
  const { log } = create();
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  for (let n = 0; n < 20; n++) void open(log, signal).return?.();
  expect(listeners).toBe(0);
});
