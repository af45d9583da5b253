import { describe, expect, test } from 'vitest';
import type { EventStream, GapEvent } from '../src/index.ts';
import { fakeHub } from './support/fake-hub.ts';
import { connected, message, system } from './support/frames.ts';
import { useTransport } from './support/native-event-source.ts';
import { openStream } from './support/open-stream.ts';
import { scriptedServer, streaming } from './support/scripted-server.ts';
import { aWhile, deferred, until } from './support/until.ts';

const gap = (fields: object = {}): string =>
  system('gap', { reason: 'evicted', requested: 'e-1', oldest: 'e-5', newest: 'e-9', ...fields });

function order(stream: EventStream): string[] {
  const events: string[] = [];
  stream.on('*', (_, { id }) => void events.push(id));
  stream.on('gap', ({ reason }) => void events.push(`gap ${reason}`));
  return events;
}

describe.each(['fetch', 'native'] as const)('a gap over %s', (transport) => {
  test('is told before any later message, once', async () => {
    const hub = await fakeHub();
    hub.publish('metric', 3);
    const { stream, told } = openStream(hub.url, { ...useTransport(transport), lastEventId: 'e-2' });
    const events = order(stream);
    await until(() => events.length === 1);
    stream.pause();
    hub.publish('metric', 5);
    hub.trim(6);
    stream.resume();
    await until(() => events.length === 4);
    await aWhile(10);
    expect(events).toEqual(['e-3', 'gap evicted', 'e-7', 'e-8']);
    expect(told.gaps).toMatchObject([{ requested: 'e-3', oldest: 'e-7', newest: 'e-8' }]);
    expect(stream.counters).toMatchObject({ gaps: 1, messages: 3, replayed: 2 });
    expect(told.errors).toEqual([]);
  });
});

describe('a gap', () => {
  test('reaches `onGap` from the first moment', async () => {
    const server = await scriptedServer(streaming(connected({ resume: 'reset' }), gap(), message(5)));
    const gaps: GapEvent[] = [];
    openStream(server.url, { onGap: (event) => void gaps.push(event) });
    await until(() => gaps.length === 1);
    expect(gaps).toMatchObject([{ reason: 'evicted', requested: 'e-1', oldest: 'e-5', newest: 'e-9' }]);
  });

  test('holds later messages for as long as an async handler takes', async () => {
    const server = await scriptedServer(streaming(message(1), gap(), message(5)));
    const work = deferred();
    const { ids, stream } = openStream(server.url, { onGap: () => work.promise });
    await until(() => stream.counters.gaps === 1);
    await aWhile(10);
    expect(ids()).toEqual(['e-1']);
    work.resolve();
    await until(() => ids().length === 2);
  });

  test('holds them for each `resync`, also one that is asked for after a wait', async () => {
    const server = await scriptedServer(streaming(gap(), message(5)));
    const [first, second] = [deferred(), deferred()];
    const { ids, stream } = openStream(server.url, {
      onGap: async ({ resync }) => {
        resync(first.promise);
        await Promise.resolve();
        resync(second.promise);
      },
    });
    await until(() => stream.counters.gaps === 1);
    first.resolve();
    await aWhile(10);
    expect(ids()).toEqual([]);
    second.resolve();
    await until(() => ids().length === 1);
  });

  test('whose refetch fails is reported, and the stream goes on', async () => {
    const server = await scriptedServer(streaming(gap(), message(5)));
    const { ids, told } = openStream(server.url, {
      onGap: ({ resync }) => resync(Promise.reject(new Error('refetch'))),
    });
    await until(() => ids().length === 1);
    expect(told.errors).toMatchObject([{ code: 'handler', cause: new Error('refetch') }]);
  });

  test('of a reason yet unknown, or without fields, is a gap all the same', async () => {
    const server = await scriptedServer(streaming(system('gap', { reason: 'new_reason' }), system('gap')));
    const { told } = openStream(server.url);
    await until(() => told.gaps.length === 2);
    const fields = { requested: null, oldest: null, newest: null };
    expect(told.gaps).toMatchObject([
      { reason: 'new_reason', ...fields },
      { reason: 'unknown', ...fields },
    ]);
  });

  test('lets ids begin anew, lower ones too', async () => {
    const server = await scriptedServer(streaming(message(9), gap(), message(5), message(6)));
    const { ids, told } = openStream(server.url);
    await until(() => ids().length === 3);
    expect(told.errors).toEqual([]);
  });
});

describe('more than `maxPending` messages', () => {
  test.each([1, 2, 7])(
    '(%d) close the connection until they are handled; then nothing is lost or repeated',
    async (maxPending) => {
      const hub = await fakeHub();
      const { stream, ids, states } = openStream(hub.url, { maxPending });
      await until(() => stream.status.clientId !== undefined);
      let most = 0;
      const work = deferred();
      stream.on('*', async () => {
        most = Math.max(most, stream.counters.pending);
        await work.promise;
      });
      hub.publish('metric', 40);
      await until(() => stream.status.state === 'paused');
      expect(stream.status.reason).toBe('pending');
      await until(() => hub.open() === 0);
      work.resolve();
      await until(() => ids().length === 40);
      expect(ids()).toEqual(Array.from({ length: 40 }, (_, index) => `e-${index + 1}`));
      expect(stream.counters).toMatchObject({ messages: 40, repeats: 0 });
      expect(most).toBeLessThanOrEqual(maxPending);
      expect(states()).toContain('connecting pending');
    },
  );

  test('held by a gap close it, too', async () => {
    const server = await scriptedServer(
      streaming(gap(), message(5), message(6), message(7)),
      streaming(message(7)),
    );
    const work = deferred();
    const { stream, ids } = openStream(server.url, { maxPending: 2, onGap: () => work.promise });
    await until(() => stream.status.state === 'paused');
    expect(stream.counters.pending).toBe(2);
    work.resolve();
    await until(() => ids().length === 3);
    expect(ids()).toEqual(['e-5', 'e-6', 'e-7']);
    expect(server.last().cursor).toBe('e-6');
  });

  test('do not keep `close` from closing', async () => {
    const hub = await fakeHub();
    const { stream, ids } = openStream(hub.url, { maxPending: 2 });
    await until(() => stream.status.clientId !== undefined);
    const work = deferred();
    stream.on('*', () => work.promise);
    hub.publish('metric', 10);
    await until(() => stream.status.state === 'paused');
    stream.close();
    work.resolve();
    await aWhile(20);
    expect(stream.status.state).toBe('closed');
    expect(ids()).toEqual(['e-1']);
    expect(hub.requests).toHaveLength(1);
  });

  test('with handlers that are not async never close it', async () => {
    const hub = await fakeHub();
    const { stream, ids } = openStream(hub.url, { maxPending: 1 });
    await until(() => stream.status.clientId !== undefined);
    hub.publish('metric', 50);
    await until(() => ids().length === 50);
    expect(hub.requests).toHaveLength(1);
  });
});
