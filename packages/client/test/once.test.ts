import { describe, expect, test } from 'vitest';
import { connected, frame, message } from './support/frames.ts';
import { useTransport } from './support/native-event-source.ts';
import { openStream } from './support/open-stream.ts';
import { ending, scriptedServer, streaming } from './support/scripted-server.ts';
import { until } from './support/until.ts';

describe.each(['fetch', 'native'] as const)('over %s', (transport) => {
  test('what comes again after a reconnect is dropped, and counted', async () => {
    const server = await scriptedServer(
      ending(connected(), message(1), message(2), message(3)),
      streaming(connected(), message(2), message(3), message(4)),
    );
    const { stream, ids, told } = openStream(server.url, useTransport(transport));
    await until(() => ids().length === 4);
    expect(ids()).toEqual(['e-1', 'e-2', 'e-3', 'e-4']);
    expect(stream.counters).toMatchObject({ messages: 4, repeats: 2, connections: 2 });
    // The native transport is not told an end from a break.
    expect(told.errors.map(({ code }) => code)).toEqual(transport === 'native' ? ['network'] : []);
  });

  test('an id below the one before it is told, and its message is delivered', async () => {
    const server = await scriptedServer(streaming(message(5), message(3), message(6)));
    const { ids, told } = openStream(server.url, useTransport(transport));
    await until(() => ids().length === 3);
    expect(told.errors).toMatchObject([
      { code: 'out_of_order', message: 'The id e-3 came after a higher one' },
    ]);
  });

  test('events without an id of their own are never taken for repeats', async () => {
    const plain = (n: number): string => frame({ event: 'data', data: { type: 'metric', n } });
    const server = await scriptedServer(
      ending(message(1), plain(1), plain(2), plain(2)),
      streaming(plain(3), plain(3), message(2)),
    );
    const { told } = openStream(server.url, useTransport(transport));
    await until(() => told.messages.length === 7);
    expect(told.messages.map(({ data }) => (data as { n: number }).n)).toEqual([1, 1, 2, 2, 3, 3, 2]);
  });
});

test('the memory is bounded by `dedupeSize`', async () => {
  const server = await scriptedServer(
    ending(connected(), message('a'), message('b'), message('c')),
    streaming(connected(), message('c'), message('b'), message('a')),
  );
  const { stream, ids } = openStream(server.url, { dedupeSize: 2 });
  await until(() => ids().length === 4);
  expect(ids()).toEqual(['a', 'b', 'c', 'a']);
  expect(stream.counters.repeats).toBe(2);
});

test('another life of the log is no anomaly', async () => {
  const server = await scriptedServer(streaming(message('e-9'), message('f-1'), message('f-2')));
  const { ids, told } = openStream(server.url);
  await until(() => ids().length === 3);
  expect(told.errors).toEqual([]);
});

test('the event of the cursor itself is a repeat, also from a server that says nothing of itself', async () => {
  const server = await scriptedServer(ending(message(1)), streaming(message(1), message(2)));
  const { stream, ids } = openStream(server.url);
  await until(() => ids().length === 2);
  expect(ids()).toEqual(['e-1', 'e-2']);
  expect(stream.counters.repeats).toBe(1);
});
