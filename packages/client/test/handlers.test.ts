import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openEventStream, type StandardSchemaV1 } from '../src/index.ts';
import { connected, frame, message, system } from './support/frames.ts';
import { useTransport } from './support/native-event-source.ts';
import { openStream } from './support/open-stream.ts';
import { scriptedServer, streaming } from './support/scripted-server.ts';
import { aWhile, until } from './support/until.ts';

describe.each(['fetch', 'native'] as const)('over %s', (transport) => {
  test('a message is heard by its topic, by `*`, and by nothing else', async () => {
    const named = frame({ id: 'e-2', event: 'order', data: { n: 2 } });
    const text = frame({ id: 'e-3', event: 'message', data: 'no JSON' });
    const server = await scriptedServer(streaming(message(1), named, text));
    const { stream, told } = openStream(server.url, useTransport(transport));
    const heard: unknown[] = [];
    stream.on('metric', (payload, { id }) => void heard.push([id, payload]));
    stream.on('order', (payload, { event }) => void heard.push([event, payload]));
    stream.on('message', (payload, { topic }) => void heard.push([topic, payload]));
    stream.on('alert', () => void heard.push('alert'));
    await until(() => told.messages.length === 3);
    expect(heard).toEqual([
      ['e-1', { type: 'metric', n: 1 }],
      ['order', { n: 2 }],
      ['message', 'no JSON'],
    ]);
    expect(told.messages.map(({ topic }) => topic)).toEqual(['metric', 'order', 'message']);
  });

  test('heartbeats and what the server says are no messages', async () => {
    const beat = frame({ event: 'heartbeat', data: { clients: 3 } });
    const server = await scriptedServer(
      streaming(connected(), beat, system('warning', { queue_size: 80 }), message(1)),
    );
    const { stream, ids, told } = openStream(server.url, useTransport(transport));
    const beats: unknown[] = [];
    stream.on('heartbeat', (data) => void beats.push(data));
    await until(() => ids().length === 1);
    expect(beats).toEqual([{ clients: 3 }]);
    expect(told.system).toMatchObject([{ type: 'connected' }, { type: 'warning', queue_size: 80 }]);
    expect(stream.status).toMatchObject({ clientId: 'c1', heartbeatMs: 30_000 });
  });

  test('async handlers run in order, each message after the one before', async () => {
    const server = await scriptedServer(streaming(message(1), message(2), message(3)));
    const { stream } = openStream(server.url, useTransport(transport));
    const steps: string[] = [];
    stream.on('metric', async (_, { id }) => {
      steps.push(`${id} begins`);
      await aWhile(id === 'e-1' ? 10 : 1);
      steps.push(`${id} ends`);
    });
    await until(() => steps.length === 6);
    expect(steps).toEqual(['e-1', 'e-2', 'e-3'].flatMap((id) => [`${id} begins`, `${id} ends`]));
  });
});

describe('a handler that throws', () => {
  test('or rejects is reported, and the stream goes on', async () => {
    const server = await scriptedServer(streaming(message(1), message(2)));
    const { stream, ids, told } = openStream(server.url);
    stream.on('metric', () => {
      throw new Error('thrown');
    });
    stream.on('metric', () => Promise.reject(new Error('rejected')));
    await until(() => ids().length === 2 && told.errors.length === 4);
    expect(told.errors.map(({ code, cause }) => `${code} ${(cause as Error).message}`)).toEqual([
      'handler thrown',
      'handler rejected',
      'handler thrown',
      'handler rejected',
    ]);
    expect(stream.status.state).toBe('open');
    await until(() => stream.lastEventId === 'e-2');
  });

  test('is reported to the platform where nobody listens for errors, and so is a handler of errors', async () => {
    const reported = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const server = await scriptedServer(streaming(message(1)));
    const stream = openEventStream(server.url);
    onTestFinished(() => stream.close());
    const failure = new Error('thrown');
    const again = new Error('again');
    stream.on('metric', () => {
      throw failure;
    });
    await until(() => reported.mock.calls.length === 1);
    stream.on('error', () => {
      throw again;
    });
    stream.reconnect({ lastEventId: '' });
    stream.on('status', () => {
      throw failure;
    });
    await until(() => reported.mock.calls.length >= 2);
    expect(reported.mock.calls.slice(0, 2)).toEqual([[failure], [again]]);
  });

  test('of `status` does not keep the stream from connecting', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const { stream, ids } = openStream(server.url);
    stream.on('status', () => {
      throw new Error('thrown');
    });
    await until(() => ids().length === 1);
    expect(stream.status.state).toBe('open');
  });

  test('as a listener of the store does not stop the stream', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const server = await scriptedServer(streaming(message(1), message(2)));
    const { stream, ids } = openStream(server.url);
    let calls = 0;
    stream.subscribe(() => {
      throw new Error('render');
    });
    stream.subscribe(() => {
      calls += 1;
    });
    await until(() => ids().length === 2);
    expect(server.requests).toHaveLength(1);
    expect(calls).toBeGreaterThanOrEqual(3);
  });
});

/** A Standard Schema by hand. */
const schema = <Value>(
  validate: StandardSchemaV1<unknown, Value>['~standard']['validate'],
): StandardSchemaV1<unknown, Value> => ({
  '~standard': { version: 1, vendor: 'test', validate },
});

const isNumbered = schema<{ n: number }>((value) => {
  const n = (value as { n?: unknown } | null)?.n;
  if (typeof n === 'number') return { value: { n } };
  return { issues: [{ message: 'Expected a number', path: ['metric', { key: 'n' }, 0] }] };
});

describe('a schema', () => {
  test('gives handlers what it makes of the payload', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const doubled = schema((value) => ({ value: { n: (value as { n: number }).n * 2 } }));
    const { stream, told } = openStream(server.url, { schemas: { metric: doubled } });
    await until(() => told.messages.length === 1);
    expect(told.messages[0]?.data).toEqual({ n: 2 });
    expect(stream.getSnapshot().latest['metric']).toEqual({ n: 2 });
  });

  test('lets a payload through, or is an error that names the path, and no message', async () => {
    const wrong = message('e-2', { n: 'two' });
    const other = message(4, { type: 'alert', n: 'any' });
    const server = await scriptedServer(streaming(message(1), wrong, message(3), other));
    const { stream, ids, told } = openStream(server.url, { schemas: { metric: isNumbered } });
    await until(() => ids().length === 3);
    expect(ids()).toEqual(['e-1', 'e-3', 'e-4']);
    expect(told.errors).toMatchObject([
      {
        code: 'invalid',
        message: 'The payload of `metric` does not fit its schema: metric.n.0: Expected a number',
        issues: [{ message: 'Expected a number', path: ['metric', { key: 'n' }, 0] }],
      },
    ]);
    expect(stream.getSnapshot().latest).toHaveProperty('alert');
    expect(stream.lastEventId).toBe('e-4');
  });

  test('without a path names the payload', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const refusing = schema(() => ({ issues: [{ message: 'No' }] }));
    const { told } = openStream(server.url, { schemas: { metric: refusing } });
    await until(() => told.errors.length === 1);
    expect(told.errors[0]?.message).toBe('The payload of `metric` does not fit its schema: payload: No');
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['answers with a promise', () => Promise.resolve({ value: 1 })],
    ['answers with a promise that is rejected', () => Promise.reject(new Error('late'))],
  ])('that %s is an error of each message, and the stream goes on', async (_, validate) => {
    const server = await scriptedServer(streaming(message(1), message(2), message(3, { type: 'alert' })));
    const { ids, told } = openStream(server.url, { schemas: { metric: schema<unknown>(validate) } });
    await until(() => ids().length === 1);
    expect(told.errors.map(({ code }) => code)).toEqual(['invalid', 'invalid']);
    expect(server.requests).toHaveLength(1);
  });

  test('is looked for among the application’s own only', async () => {
    const server = await scriptedServer(
      streaming(message(1, { type: 'constructor' }), message(2, { type: '__proto__' })),
    );
    const { ids, told } = openStream(server.url, { schemas: { metric: isNumbered } });
    await until(() => ids().length === 2);
    expect(told.errors).toEqual([]);
  });
});

describe('the store', () => {
  test('has the latest payload of each topic and the state, and is the same object without a change', async () => {
    const server = await scriptedServer(streaming(message(1), message(2), message(3, { type: 'alert' })));
    const { stream, ids } = openStream(server.url);
    let calls = 0;
    const unsubscribe = stream.subscribe(() => {
      calls += 1;
    });
    await until(() => ids().length === 3);
    const snapshot = stream.getSnapshot();
    expect(snapshot.latest).toEqual({ metric: { type: 'metric', n: 2 }, alert: { type: 'alert', n: 3 } });
    expect(snapshot.status).toBe(stream.status);
    expect(stream.getSnapshot()).toBe(snapshot);
    expect(calls).toBe(4);
    unsubscribe();
    stream.close();
    expect(calls).toBe(4);
    expect(stream.getSnapshot()).not.toBe(snapshot);
  });

  test('of a thousand topics does not slow each message down', async () => {
    const frames = Array.from({ length: 5_000 }, (_, n) => message(n, { type: `t${n % 1_000}` })).join('');
    const server = await scriptedServer(streaming(frames));
    const { stream } = openStream(server.url);
    const start = performance.now();
    await until(() => stream.counters.messages === 5_000);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
