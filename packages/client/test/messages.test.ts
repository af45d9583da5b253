import { describe, expect, test } from 'vitest';
import type { EventStream, MessagesOptions } from '../src/index.ts';
import { message } from './support/frames.ts';
import { openStream } from './support/open-stream.ts';
import { scriptedServer, status, streaming } from './support/scripted-server.ts';
import { aWhile, until } from './support/until.ts';

async function read(stream: EventStream, count: number, options?: MessagesOptions): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of stream.messages('*', options)) if (ids.push(id) === count) break;
  return ids;
}

describe('messages', () => {
  test('are read in order, and `break` leaves the stream open', async () => {
    const server = await scriptedServer(streaming(message(1), message(2), message(3)));
    const { stream } = openStream(server.url);
    expect(await read(stream, 2)).toEqual(['e-1', 'e-2']);
    await aWhile(5);
    expect(stream.status.state).toBe('open');
  });

  test('of one topic leave out the others', async () => {
    const other = message(2, { type: 'alert' });
    const server = await scriptedServer(streaming(message(1), other, message(3)));
    const { stream } = openStream(server.url);
    const ids: string[] = [];
    for await (const { id, topic } of stream.messages('metric')) {
      ids.push(`${topic} ${id}`);
      if (ids.length === 2) break;
    }
    expect(ids).toEqual(['metric e-1', 'metric e-3']);
  });

  test('end when the stream is closed, with what came before read first', async () => {
    const server = await scriptedServer(streaming(message(1), message(2)));
    const { stream, ids } = openStream(server.url);
    const loop = stream.messages();
    await until(() => ids().length === 2);
    stream.close();
    const seen: string[] = [];
    for await (const { id } of loop) seen.push(id);
    expect(seen).toEqual(['e-1', 'e-2']);
  });

  test('throw when the stream was refused', async () => {
    const server = await scriptedServer(status(404));
    const { stream } = openStream(server.url);
    await expect(read(stream, 1)).rejects.toMatchObject({ code: 'status', httpStatus: 404 });
  });

  test('throw also where the loop begins after that', async () => {
    const server = await scriptedServer(status(404));
    const { stream } = openStream(server.url);
    await until(() => stream.status.state === 'closed');
    await expect(read(stream, 1)).rejects.toMatchObject({ code: 'status', httpStatus: 404 });
  });

  test('of a stream that was closed end at once', async () => {
    const server = await scriptedServer(streaming());
    const { stream } = openStream(server.url);
    stream.close();
    expect(await read(stream, 1)).toEqual([]);
  });

  test('with a signal that is aborted already end at once', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const { stream } = openStream(server.url);
    expect(await read(stream, 1, { signal: AbortSignal.abort() })).toEqual([]);
    expect(stream.status.state).not.toBe('closed');
  });

  test('with a signal end when it comes, and the stream goes on', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const { stream } = openStream(server.url);
    const abort = new AbortController();
    const reading = read(stream, 2, { signal: abort.signal });
    await until(() => stream.counters.messages === 1);
    abort.abort();
    expect(await reading).toEqual(['e-1']);
    expect(stream.status.state).toBe('open');
  });

  test('end by what `await using` calls', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const { stream } = openStream(server.url);
    const loop = stream.messages();
    await until(() => stream.counters.messages === 1);
    await loop[Symbol.asyncDispose]();
    expect(await loop.next()).toEqual({ done: true, value: undefined });
  });

  test('that are read too slowly end the loop with an error, not the stream', async () => {
    const server = await scriptedServer(streaming(message(1), message(2), message(3)));
    const { stream, ids } = openStream(server.url);
    const loop = stream.messages('*', { highWaterMark: 2 });
    await until(() => ids().length === 3);
    expect((await loop.next()).value.id).toBe('e-1');
    expect((await loop.next()).value.id).toBe('e-2');
    await expect(loop.next()).rejects.toMatchObject({ code: 'iterator_overflow' });
    expect(stream.status.state).toBe('open');
  });

  test.each([
    ['drop-oldest', ['metric 3', 'alert 4']],
    ['latest', ['metric 3', 'alert 4']],
  ] as const)('are dropped by `%s`, and counted', async (overflow, kept) => {
    const frames = [message(1), message(2, { type: 'alert' }), message(3), message(4, { type: 'alert' })];
    const server = await scriptedServer(streaming(...frames));
    const { stream, ids } = openStream(server.url);
    const loop = stream.messages('*', { highWaterMark: 2, overflow });
    await until(() => ids().length === 4);
    expect(loop.dropped).toBe(2);
    const seen = [(await loop.next()).value, (await loop.next()).value];
    expect(seen.map(({ topic, data }) => `${topic} ${data.n}`)).toEqual(kept);
  });

  test('are given to each of several loops', async () => {
    const server = await scriptedServer(streaming(message(1), message(2)));
    const { stream } = openStream(server.url);
    expect(await Promise.all([read(stream, 2), read(stream, 2)])).toEqual([
      ['e-1', 'e-2'],
      ['e-1', 'e-2'],
    ]);
  });

  test('of an unknown overflow are refused', async () => {
    const server = await scriptedServer(streaming());
    const { stream } = openStream(server.url);
    expect(() => stream.messages('*', { overflow: 'none' as 'latest' })).toThrow(TypeError);
  });
});

describe('traceparent', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const traced = (n: number, comment: string): string => message(n).replace('event:', `: ${comment}\nevent:`);

  test('of a message is what the comment in its block says, and of no other', async () => {
    const server = await scriptedServer(
      streaming(
        traced(1, `traceparent ${traceparent}`),
        message(2),
        ': heartbeat\n\n',
        traced(3, 'another comment'),
        `: traceparent ${traceparent}\n\n`,
        message(4),
        traced(5, `traceparent ${traceparent}`).replaceAll('\n', '\r\n'),
      ),
    );
    const { told, ids } = openStream(server.url);
    await until(() => ids().length === 5);
    const shown = told.messages.map((one) => one.traceparent);
    expect(shown).toEqual([traceparent, undefined, undefined, undefined, traceparent]);
  });
});
