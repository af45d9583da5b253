import { describe, expect, test } from 'vitest';
import { fakeHub } from './support/fake-hub.ts';
import { useTransport } from './support/native-event-source.ts';
import { openStream } from './support/open-stream.ts';
import { scriptedServer, silent, status } from './support/scripted-server.ts';
import { until } from './support/until.ts';

describe.each(['fetch', 'native'] as const)('setTopics over %s', (transport) => {
  test('keeps the cursor: nothing is lost, nothing comes twice', async () => {
    const hub = await fakeHub();
    const { stream, told } = openStream(hub.url, { ...useTransport(transport), topics: ['a'] });
    await until(() => stream.status.clientId !== undefined);
    hub.publish('a', 2);
    await until(() => told.messages.length === 2);
    hub.publish('b');
    const changed = stream.setTopics(['a', 'b']);
    hub.publish('a');
    await changed;
    expect(stream.status).toMatchObject({ state: 'open', reason: 'topics', attempt: 1 });
    hub.publish('b');
    await until(() => told.messages.length === 5);
    expect(told.messages.map(({ id, topic }) => `${id} ${topic}`)).toEqual([
      'e-1 a',
      'e-2 a',
      'e-3 b',
      'e-4 a',
      'e-5 b',
    ]);
    expect(told.errors).toEqual([]);
    expect(stream.counters.repeats).toBe(0);
  });

  test('to everything asks without topics', async () => {
    const hub = await fakeHub();
    const { stream } = openStream(hub.url, { ...useTransport(transport), topics: ['a'] });
    await stream.setTopics(undefined);
    expect(hub.last().query.has('topics')).toBe(false);
  });
});

describe('setTopics', () => {
  test('again before it is done settles both with the last', async () => {
    const hub = await fakeHub();
    const { stream } = openStream(hub.url, { topics: ['a'] });
    await Promise.all([stream.setTopics(['b']), stream.setTopics(['c'])]);
    expect(hub.last().query.get('topics')).toBe('c');
    await until(() => hub.open() === 1);
  });

  test('settles at once where the stream is paused, and is asked for with `resume`', async () => {
    const hub = await fakeHub();
    const { stream } = openStream(hub.url, { topics: ['a'] });
    stream.pause();
    await stream.setTopics(['b']);
    stream.resume();
    await until(() => stream.status.state === 'open');
    expect(hub.last().query.get('topics')).toBe('b');
  });

  test('waits through failures', async () => {
    const server = await scriptedServer(silent);
    const { stream, states } = openStream(server.url);
    await until(() => server.requests.length === 1);
    const hub = await fakeHub();
    server.answer(status(503), status(302, { Location: hub.url }));
    await stream.setTopics(['b']);
    expect(states()).toContain('waiting status');
    expect(stream.status.state).toBe('open');
  });

  test('rejects where the stream is closed meanwhile', async () => {
    const server = await scriptedServer(silent);
    const { stream } = openStream(server.url);
    const changed = stream.setTopics(['b']);
    stream.close();
    await expect(changed).rejects.toMatchObject({ name: 'StreamError', code: 'closed' });
  });

  test.each([[[]], [['a,b']], [['']], ['a'], [[1]], [null]])('refuses %j', async (topics) => {
    const hub = await fakeHub();
    const { stream } = openStream(hub.url);
    expect(() => stream.setTopics(topics as string[])).toThrow(TypeError);
  });
});
