import { describe, expect, test } from 'vitest';
import type { RetryContext } from '../src/index.ts';
import { frame, message } from './support/frames.ts';
import { useTransport } from './support/native-event-source.ts';
import { openStream } from './support/open-stream.ts';
import {
  type Answer,
  ending,
  head,
  scriptedServer,
  silent,
  status,
  streaming,
  tearing,
} from './support/scripted-server.ts';
import { aWhile, until } from './support/until.ts';

describe.each(['fetch', 'native'] as const)('over %s', (transport) => {
  test('a stream that ends or breaks goes on right after its last id', async () => {
    const script = [ending(message(1), message(2)), tearing(message(3)), streaming(message(4))];
    const server = await scriptedServer(...script);
    const { ids } = openStream(server.url, useTransport(transport));
    await until(() => ids().length === 4);
    expect(ids()).toEqual(['e-1', 'e-2', 'e-3', 'e-4']);
    expect(server.requests.map(({ cursor }) => cursor)).toEqual([undefined, 'e-2', 'e-3']);
  });

  test('an answer that is no stream is asked for again', async () => {
    const server = await scriptedServer(status(503), streaming(message(1)));
    const { ids, told } = openStream(server.url, useTransport(transport));
    await until(() => ids().length === 1);
    expect(told.errors.map(({ code }) => code)).toEqual(['status']);
  });

  test('topics, name, tags and what the URL had before stand in the query', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const { ids } = openStream(`${server.url}?tenant=a%20b`, {
      ...useTransport(transport),
      topics: ['metric', 'orders.*.created'],
      clientName: 'dash & co',
      tags: ['prod', 'eu'],
      lastEventId: 'e-0',
    });
    await until(() => ids().length === 1);
    const { query, request } = server.last();
    const topics = transport === 'native' ? 'metric,orders.*.created,heartbeat' : 'metric,orders.*.created';
    expect(Object.fromEntries(query)).toEqual({
      tenant: 'a b',
      topics,
      client_name: 'dash & co',
      tags: 'prod,eu',
      ...(transport === 'native' && { last_event_id: 'e-0' }),
    });
    expect(request.headers['last-event-id']).toBe(transport === 'native' ? undefined : 'e-0');
  });

  test('two requests are never open at once', async () => {
    let most = 0;
    const answer: Answer = (exchange) => {
      most = Math.max(most, server.open());
      (server.requests.length % 2 === 0 ? tearing : ending)(message(server.requests.length))(exchange);
    };
    const server = await scriptedServer(answer);
    const { stream } = openStream(server.url, useTransport(transport));
    await until(() => server.requests.length >= 20);
    stream.close();
    expect(most).toBe(1);
  });
});

describe('what comes after an answer', () => {
  test.each([201, 204, 206, 400, 401, 403, 404, 410])('%d closes the stream', async (code) => {
    const server = await scriptedServer(status(code));
    const { stream, told } = openStream(server.url);
    await until(() => stream.status.state === 'closed');
    expect(stream.status).toEqual({ state: 'closed', reason: 'status', attempt: 1, httpStatus: code });
    expect(told.errors).toMatchObject([
      { code: 'status', httpStatus: code, message: `Expected status 200, got ${code}` },
    ]);
    await aWhile(20);
    expect(server.requests).toHaveLength(1);
  });

  test.each([408, 425, 429, 500, 502, 503])('%d is asked again', async (code) => {
    const server = await scriptedServer(status(code), streaming());
    const { stream, told } = openStream(server.url);
    await until(() => stream.status.state === 'open');
    expect(told.statuses.find(({ state }) => state === 'waiting')).toMatchObject({
      reason: 'status',
      httpStatus: code,
      attempt: 1,
    });
  });

  test('another content type is asked again, and its body is no stream', async () => {
    const page: Answer = ({ response }) =>
      void response.writeHead(200, { 'Content-Type': 'text/html' }).end(message(1));
    const server = await scriptedServer(page, streaming(message(2)));
    const { ids, states, told } = openStream(server.url);
    await until(() => ids().length > 0);
    expect(ids()).toEqual(['e-2']);
    expect(states()).toContain('waiting content_type');
    expect(told.errors.map(({ code }) => code)).toEqual(['content_type']);
  });

  test('a body of another status is no stream either', async () => {
    const wrong: Answer = ({ response }) =>
      void response.writeHead(503, { 'Content-Type': 'text/event-stream' }).end(message(1));
    const server = await scriptedServer(wrong, streaming(message(2)));
    const { ids } = openStream(server.url);
    await until(() => ids().length > 0);
    expect(ids()).toEqual(['e-2']);
  });

  test('no connection is tried again', async () => {
    const refuse: Answer = ({ response }) => void response.destroy();
    const server = await scriptedServer(refuse, refuse, streaming());
    const { stream, told, states } = openStream(server.url);
    await until(() => stream.status.state === 'open');
    expect(told.errors.map(({ code }) => code)).toEqual(['network', 'network']);
    expect(states()).toEqual([
      'connecting start',
      'waiting network',
      'connecting network',
      'waiting network',
      'connecting network',
      'open network',
    ]);
  });

  test('no answer within `connectTimeoutMs` is given up, and tried again', async () => {
    const server = await scriptedServer(silent, streaming());
    const { stream, told, states } = openStream(server.url, { connectTimeoutMs: 60 });
    await until(() => stream.status.state === 'open');
    expect(told.errors.map(({ code }) => code)).toEqual(['timeout']);
    expect(states()).toContain('waiting timeout');
    await until(() => server.open() === 1);
  });

  test('the timeout is over with the head: a stream may be quiet for longer', async () => {
    const server = await scriptedServer(head);
    const { stream, told } = openStream(server.url, { connectTimeoutMs: 60 });
    await until(() => stream.status.state === 'open');
    await aWhile(100);
    expect(told.errors).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('`shouldRetry`', () => {
  test('keeps asking where the rules would stop', async () => {
    const contexts: RetryContext[] = [];
    const server = await scriptedServer(status(404), streaming());
    const { stream } = openStream(server.url, {
      shouldRetry: (context) => {
        contexts.push(context);
        return true;
      },
    });
    await until(() => stream.status.state === 'open');
    expect(contexts).toEqual([
      { reason: 'status', httpStatus: 404, attempt: 1, retry: false, delayMs: expect.any(Number) },
    ]);
  });

  test('stops where the rules would go on, also after an end that is no error', async () => {
    const server = await scriptedServer(ending(message(1)));
    const { stream, told } = openStream(server.url, { shouldRetry: ({ reason }) => reason !== 'ended' });
    await until(() => stream.status.state === 'closed');
    expect(stream.status.reason).toBe('ended');
    expect(told.errors).toEqual([]);
  });

  test('leaves it to the rules with `undefined`', async () => {
    const server = await scriptedServer(status(503), status(404));
    const { stream } = openStream(server.url, { shouldRetry: () => undefined });
    await until(() => stream.status.state === 'closed');
    expect(stream.status.httpStatus).toBe(404);
  });

  test('leaves it to the rules where it throws, which is told', async () => {
    const server = await scriptedServer(status(503), streaming());
    const { stream, told } = openStream(server.url, {
      shouldRetry: () => {
        throw new Error('oops');
      },
    });
    await until(() => stream.status.state === 'open');
    expect(told.errors.map(({ code }) => code)).toEqual(['handler', 'status']);
  });
});

test('`pause` closes the connection, `resume` goes on from the cursor', async () => {
  const server = await scriptedServer(streaming(message(1)), streaming(message(2)));
  const { stream, ids } = openStream(server.url);
  await until(() => ids().length === 1);
  stream.pause();
  expect(stream.status).toMatchObject({ state: 'paused', reason: 'asked' });
  await until(() => server.open() === 0);
  stream.resume();
  stream.resume();
  await until(() => ids().length === 2);
  expect(server.requests.map(({ cursor }) => cursor)).toEqual([undefined, 'e-1']);
});

test('`pause` while it waits keeps it from trying, and `reconnect` does not undo it', async () => {
  const server = await scriptedServer(status(503));
  const { stream } = openStream(server.url, { minDelayMs: 10, maxDelayMs: 10 });
  await until(() => stream.status.state === 'waiting');
  stream.pause();
  stream.reconnect();
  await aWhile();
  expect(stream.status.state).toBe('paused');
  expect(server.requests).toHaveLength(1);
});

test('`reconnect` comes back at once, from its cursor or the one given', async () => {
  const server = await scriptedServer(streaming(message(1)), streaming(message(2)), streaming(message(9)));
  const { stream, ids } = openStream(server.url, { minDelayMs: 10_000, maxDelayMs: 10_000 });
  await until(() => ids().length === 1);
  stream.reconnect();
  await until(() => ids().length === 2);
  stream.reconnect({ lastEventId: 'e-8' });
  await until(() => ids().length === 3);
  expect(server.requests.map(({ cursor }) => cursor)).toEqual([undefined, 'e-1', 'e-8']);
});

test('a `retry` of another server’s field is heard with any block, also one without data', async () => {
  const server = await scriptedServer(ending(frame({ retry: 300 })), streaming());
  const { stream, told } = openStream(server.url);
  await until(() => stream.status.state === 'open' && server.requests.length === 2);
  expect(told.statuses.find(({ state }) => state === 'waiting')?.delayMs).toBeGreaterThanOrEqual(300);
});

test('a connection that broke after its 200 has no status to blame', async () => {
  const server = await scriptedServer(tearing(message(1)), streaming(message(2)));
  const { ids, told } = openStream(server.url);
  await until(() => ids().length === 2);
  for (const { state, httpStatus } of told.statuses) expect(httpStatus, state).toBeUndefined();
});
