import { describe, expect, test } from 'vitest';
import type { CursorStorage } from '../src/index.ts';
import { connected, frame, message, system } from './support/frames.ts';
import { useTransport } from './support/native-event-source.ts';
import { openStream } from './support/open-stream.ts';
import { ending, scriptedServer, status, streaming } from './support/scripted-server.ts';
import { aWhile, deferred, until } from './support/until.ts';

/** Ids beyond ASCII are UTF-8 in the header (HTML standard, 9.2.3); Node shows each byte as a character. */
const asUtf8 = (cursor: string | undefined): string => Buffer.from(cursor ?? '', 'latin1').toString('utf8');

describe('an id beyond ASCII', () => {
  test('is sent as UTF-8 in the header', async () => {
    const server = await scriptedServer(ending(message('é…😀')), status(503), streaming());
    const { stream } = openStream(server.url);
    await until(() => stream.status.state === 'open' && server.requests.length === 3);
    expect(server.requests.slice(1).map(({ cursor }) => asUtf8(cursor))).toEqual(['é…😀', 'é…😀']);
    expect(stream.lastEventId).toBe('é…😀');
  });

  test('is sent in the query by the native transport', async () => {
    const server = await scriptedServer(ending(message('é…😀')), streaming());
    openStream(server.url, useTransport('native'));
    await until(() => server.requests.length === 2);
    expect(server.last().cursor).toBe('é…😀');
  });
});

describe.each(['fetch', 'native'] as const)('over %s an id that no header can carry', (transport) => {
  test.each([
    ['with a control character', 'a\u0001b'],
    ['of more than 4 kB', 'x'.repeat(5_000)],
  ])('%s does not break the reconnect, and is told as one gap', async (_, id) => {
    const server = await scriptedServer(ending(message(id)), status(503), status(503), streaming(message(2)));
    const { told, ids } = openStream(server.url, useTransport(transport));
    const order: string[] = [];
    await until(() => ids().length === 2);
    for (const gap of told.gaps) order.push(gap.reason);
    expect(told.gaps).toMatchObject([{ reason: 'unsendable', requested: id, oldest: null, newest: null }]);
    expect(server.requests.map(({ cursor }) => cursor)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('is told before any later message', async () => {
    const server = await scriptedServer(ending(message('a\u0001b')), streaming(message(2)));
    const { stream } = openStream(server.url, useTransport(transport));
    const order: string[] = [];
    stream.on('gap', () => void order.push('gap'));
    stream.on('*', (__, { id }) => void order.push(id));
    await until(() => order.length === 3);
    expect(order).toEqual(['a\u0001b', 'gap', 'e-2']);
  });
});

describe('the cursor', () => {
  test('is kept across every kind of failure', async () => {
    const server = await scriptedServer(
      ending(message(7)),
      status(503),
      ({ response }) => void response.destroy(),
      ending(': nothing\n\n'),
      streaming(),
    );
    const { stream } = openStream(server.url);
    await until(() => stream.status.state === 'open' && server.requests.length === 5);
    expect(server.requests.slice(1).map(({ cursor }) => cursor)).toEqual(Array(4).fill('e-7'));
  });

  test('moves with a checkpoint, which is no message', async () => {
    const server = await scriptedServer(ending(message(1), frame({ id: 'e-5' })), streaming());
    const { ids, stream } = openStream(server.url);
    await until(() => server.requests.length === 2);
    expect(ids()).toEqual(['e-1']);
    expect(server.last().cursor).toBe('e-5');
    expect(stream.lastEventId).toBe('e-5');
  });

  test('is reset by an empty id, as the standard says', async () => {
    const server = await scriptedServer(ending(message(1), frame({ id: '', data: 'x' })), streaming());
    openStream(server.url);
    await until(() => server.requests.length === 2);
    expect(server.last().cursor).toBeUndefined();
  });

  test('begins with what `connected` says, before any message', async () => {
    const server = await scriptedServer(ending(connected({}, 'e-41')), streaming());
    const { stream } = openStream(server.url);
    await until(() => server.requests.length === 2);
    expect(server.last().cursor).toBe('e-41');
    expect(stream.lastEventId).toBe('e-41');
  });

  test('is handed out after the handler has returned', async () => {
    const server = await scriptedServer(streaming(message(1), message(2)));
    const { stream } = openStream(server.url);
    const seen: string[] = [];
    const work = deferred();
    stream.on('metric', async (_, { id }) => {
      seen.push(`${id} ${stream.lastEventId}`);
      await work.promise;
      seen.push(`${id} ${stream.lastEventId}`);
    });
    await until(() => stream.counters.pending === 1);
    expect(stream.lastEventId).toBe('');
    work.resolve();
    await until(() => seen.length === 4);
    expect(seen).toEqual(['e-1 ', 'e-1 ', 'e-2 e-1', 'e-2 e-1']);
    await until(() => stream.lastEventId === 'e-2');
  });

  test('on the wire is what was received, so that nothing in the queue comes again', async () => {
    const server = await scriptedServer(ending(message(1), message(2)), streaming());
    const { stream } = openStream(server.url);
    const work = deferred();
    stream.on('metric', () => work.promise);
    await until(() => server.requests.length === 2);
    expect(server.last().cursor).toBe('e-2');
    expect(stream.lastEventId).toBe('');
    work.resolve();
  });
});

/** What a page's `sessionStorage` is, with what was written to it. */
function memoryStorage(): CursorStorage & { readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
  };
}

describe('`resume`', () => {
  test('carries the cursor over a reload', async () => {
    const server = await scriptedServer(streaming(message(1), message(2)), streaming(message(3)));
    const storage = memoryStorage();
    const before = openStream(server.url, { resume: { storage } });
    await until(() => before.ids().length === 2);
    before.stream.close();
    const after = openStream(server.url, { resume: { storage }, lastEventId: 'e-0' });
    await until(() => after.ids().length === 1);
    expect(server.requests.map(({ cursor }) => cursor)).toEqual([undefined, 'e-2']);
  });

  test('writes what was handled soon, without a close', async () => {
    const server = await scriptedServer(streaming(message(1), message(2)));
    const storage = memoryStorage();
    const { stream } = openStream(server.url, { resume: { storage, key: 'cursor' } });
    const work = deferred();
    stream.on('metric', (_, { id }) => (id === 'e-2' ? work.promise : undefined));
    await until(() => storage.items.size === 1);
    expect(JSON.parse(storage.items.get('cursor') ?? '')).toEqual({ id: 'e-1', at: expect.any(Number) });
    work.resolve();
    await until(() => storage.items.get('cursor')?.includes('e-2') === true);
  });

  test('keeps cursors of other topics apart', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const storage = memoryStorage();
    const first = openStream(server.url, { resume: { storage }, topics: ['metric'] });
    await until(() => first.ids().length === 1);
    first.stream.close();
    openStream(server.url, { resume: { storage }, topics: ['alert'] });
    await until(() => server.requests.length === 2);
    expect(server.last().cursor).toBeUndefined();
  });

  test.each([
    ['is too old', (now: number) => JSON.stringify({ id: 'e-9', at: now - 60_001 })],
    ['is of the future', (now: number) => JSON.stringify({ id: 'e-9', at: now + 60_000 })],
    ['has no time', () => JSON.stringify({ id: 'e-9' })],
    ['is no text', (now: number) => JSON.stringify({ id: 9, at: now })],
    ['is no JSON', () => 'e-9'],
    ['is null', () => 'null'],
  ])('does not use a cursor that %s', async (_, kept) => {
    const server = await scriptedServer(streaming());
    const storage = memoryStorage();
    storage.setItem('cursor', kept(Date.now()));
    openStream(server.url, { resume: { storage, key: 'cursor', maxAgeMs: 60_000 } });
    await until(() => server.requests.length === 1);
    expect(server.last().cursor).toBeUndefined();
  });

  test('goes on where a storage throws, and says so', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const broken = (): never => {
      throw new Error('quota');
    };
    const storage = { getItem: broken, setItem: broken };
    const { ids, told } = openStream(server.url, { resume: { storage } });
    await until(() => ids().length > 0);
    expect(told.errors[0]).toMatchObject({ code: 'storage', cause: new Error('quota') });
  });

  test('does nothing where there is no storage', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const { ids, told } = openStream(server.url, { resume: true });
    await until(() => ids().length === 1);
    await aWhile(5);
    expect(told.errors).toEqual([]);
  });

  test('a gap held by a refetch is handled with it: a reload meanwhile asks from before', async () => {
    const gap = system('gap', { reason: 'evicted', requested: 'e-1', oldest: 'e-5', newest: 'e-9' });
    const server = await scriptedServer(streaming(message(1)), streaming(gap, message(5)));
    const { stream, ids } = openStream(server.url);
    const work = deferred();
    await until(() => ids().length === 1);
    stream.on('gap', () => work.promise);
    stream.reconnect();
    await until(() => stream.counters.gaps === 1);
    expect(stream.lastEventId).toBe('e-1');
    work.resolve();
    await until(() => stream.lastEventId === 'e-5');
  });
});
