import { describe, expect, test } from 'vitest';
import type { EventStreamOptions, StatusReason } from '../src/index.ts';
import { connected, message } from './support/frames.ts';
import { openStream } from './support/open-stream.ts';
import { ending, scriptedServer, status, streaming } from './support/scripted-server.ts';
import { aWhile, deferred, until } from './support/until.ts';

/** Nothing comes after `close`, wherever it is called. */
async function staysClosed(
  url: string,
  closeAt: string,
  options: EventStreamOptions = {},
): Promise<string[]> {
  const { stream, states } = openStream(url, { silenceMs: 20, connectTimeoutMs: 1_000, ...options });
  stream.on('status', ({ state }) => state === closeAt && stream.close());
  stream.on('error', () => closeAt === 'error' && stream.close());
  await until(() => stream.status.state === 'closed');
  const before = states().length;
  await aWhile(60);
  expect(states().slice(before)).toEqual([]);
  expect(states().at(-1)).toBe('closed closed');
  return states();
}

describe('close', () => {
  test('in an `error` handler leaves no attempt behind', async () => {
    const server = await scriptedServer(status(503));
    await staysClosed(server.url, 'error');
    expect(server.requests).toHaveLength(1);
  });

  test('in a `status` handler that is told of the wait leaves no attempt behind', async () => {
    const server = await scriptedServer(status(503));
    await staysClosed(server.url, 'waiting');
    expect(server.requests).toHaveLength(1);
  });

  test('in a `status` handler that is told of the opening leaves no watchdog behind', async () => {
    const server = await scriptedServer(streaming(message(1)));
    await staysClosed(server.url, 'open');
    await until(() => server.open() === 0);
    expect(server.requests).toHaveLength(1);
  });

  test('in a `status` handler that is told of an attempt sends no request', async () => {
    const server = await scriptedServer(status(503));
    let asked = 0;
    const options = {
      token: () => {
        asked += 1;
        return 'secret';
      },
    };
    const { stream } = openStream(server.url, { connectTimeoutMs: 80, ...options });
    stream.on('status', ({ state, attempt }) => state === 'connecting' && attempt === 2 && stream.close());
    await until(() => stream.status.state === 'closed');
    await aWhile(120);
    expect(stream.status.state).toBe('closed');
    expect(server.requests).toHaveLength(1);
    expect(asked).toBe(1);
  });

  test('in the handler of `connected` and its status stays closed', async () => {
    const server = await scriptedServer(streaming(connected({ heartbeat_ms: 8 }), message(1)));
    const { stream, ids, states } = openStream(server.url);
    stream.on('status', ({ clientId }) => clientId !== undefined && stream.close());
    await until(() => stream.status.state === 'closed');
    await aWhile();
    expect(states().at(-1)).toBe('closed closed');
    expect(ids()).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test('in `shouldRetry` is the last word', async () => {
    const server = await scriptedServer(status(503));
    const { stream, states } = openStream(server.url, {
      shouldRetry: () => {
        stream.close();
        return true;
      },
    });
    await until(() => stream.status.state === 'closed');
    await aWhile();
    expect(states().at(-1)).toBe('closed closed');
    expect(server.requests).toHaveLength(1);
  });

  test('in a handler stops the rest of the chunk, other handlers of the message included', async () => {
    const server = await scriptedServer(streaming(message(1), message(2), message(3)));
    const { stream, ids } = openStream(server.url);
    let others = 0;
    stream.on('metric', () => stream.close());
    stream.on('metric', () => {
      others += 1;
    });
    await until(() => server.requests.length === 1 && server.open() === 0);
    await aWhile();
    expect(others).toBe(0);
    expect(ids()).toEqual([]);
  });

  test('keeps the cursor of what was handled, not of what was received', async () => {
    const server = await scriptedServer(streaming(message(1), message(2), message(3)));
    const { stream } = openStream(server.url);
    let release = (): void => undefined;
    stream.on('metric', () => {
      const { promise, resolve } = deferred();
      release = resolve;
      return promise;
    });
    await until(() => stream.counters.pending === 2);
    stream.close();
    expect(stream.lastEventId).toBe('');
    release();
    await aWhile(5);
    expect(stream.lastEventId).toBe('e-1');
  });

  test('by the signal is the same, and an aborted signal sends nothing', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const abort = new AbortController();
    const { stream, ids } = openStream(server.url, { signal: abort.signal });
    await until(() => ids().length === 1);
    abort.abort();
    expect(stream.status).toMatchObject({ state: 'closed', reason: 'closed' satisfies StatusReason });
    const second = openStream(server.url, { signal: AbortSignal.abort() });
    expect(second.stream.status.state).toBe('closed');
    await aWhile(10);
    expect(server.requests).toHaveLength(1);
  });

  test('a second time does nothing, nor do pause, resume, reconnect and setTopics after it', async () => {
    const server = await scriptedServer(ending());
    const { stream, states } = openStream(server.url);
    stream.close();
    const before = states().length;
    stream.close();
    stream.pause();
    stream.resume();
    stream.reconnect();
    await expect(stream.setTopics(['a'])).rejects.toMatchObject({ code: 'closed' });
    await aWhile(10);
    expect(states()).toHaveLength(before);
    expect(stream.status.state).toBe('closed');
  });

  test('is what `using` calls', async () => {
    const server = await scriptedServer(streaming());
    const { stream } = openStream(server.url);
    stream[Symbol.dispose]();
    expect(stream.status.state).toBe('closed');
  });
});

test('a handler of `error` may reconnect at once, and no second attempt follows after the wait', async () => {
  const server = await scriptedServer(status(503), streaming(message(1)));
  const { stream, ids } = openStream(server.url, { minDelayMs: 5, maxDelayMs: 5 });
  stream.on('error', () => stream.reconnect());
  await until(() => ids().length === 1);
  await aWhile();
  expect(stream.status.state).toBe('open');
  expect(server.requests).toHaveLength(2);
});
