import { Broadcaster, type EventLog, MemoryEventLog } from '@sse/core';
import { describe, expect, test } from 'vitest';
import { bearerToken, notFound, problems, publisher, router, sse } from '../src/index.ts';
import { testBroadcaster } from './broadcaster.ts';
import { EXPRESSES } from './expresses.ts';
import { openStream, RawConnection } from './raw-connection.ts';
import { serve } from './serve.ts';

describe.each(EXPRESSES)('requests byte by byte on Express %s', (_, express) => {
  async function setUp() {
    const broadcaster = testBroadcaster();
    const app = express();
    app
      .use(router(broadcaster, { publish: { authorize: 'anyone' } }))
      .use(notFound())
      .use(problems());
    const { port } = await serve(app);
    return { broadcaster, port };
  }

  const json = 'Content-Type: application/json';

  test.each<[string, readonly string[], string]>([
    ['two lengths', ['Content-Length: 12', 'Content-Length: 5', json], '{"type":"a"}'],
    ['a length and chunks', ['Content-Length: 12', 'Transfer-Encoding: chunked', json], '{"type":"a"}'],
    ['a length that is no number', ['Content-Length: 1e1', json], '{"type":"a"}'],
    ['a negative length', ['Content-Length: -1', json], '{"type":"a"}'],
    ['a chunk that is none', ['Transfer-Encoding: chunked', json], 'zz\r\n{"type":"a"}\r\n0\r\n\r\n'],
    ['a header with NUL', ['Content-Length: 12', json, 'X-A: a\0b'], '{"type":"a"}'],
    ['a header with a bare LF', ['Content-Length: 12', json, 'X-A: a\n\n{"type":"b"}'], '{"type":"a"}'],
    ['no header name', ['Content-Length: 12', json, ': a'], '{"type":"a"}'],
    ['a length that is less than the body', ['Content-Length: 5', json], '{"type":"a"}'],
  ])('%s: 400, nothing is published, and the server goes on', async (__, lines, body) => {
    const { broadcaster, port } = await setUp();
    const connection = await RawConnection.open(port);
    connection.socket.write(['POST /events HTTP/1.1', 'Host: x', ...lines, '', body].join('\r\n'), 'latin1');
    await connection.has('HTTP/1.1 400 ');
    connection.socket.end();
    await connection.close();
    expect((await broadcaster.stats()).published).toBe(0);
    await openStream(port);
  });

  test('a length that is more than the body publishes nothing when the client goes', async () => {
    const { broadcaster, port } = await setUp();
    const connection = await RawConnection.open(port);
    connection.socket.end(
      `POST /events HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: 99\r\n\r\n{"type":"a"}`,
    );
    await connection.close();
    expect((await broadcaster.stats()).published).toBe(0);
    await openStream(port);
  });

  test('chunks of one byte, and Expect: 100-continue, are a body like any other', async () => {
    const { broadcaster, port } = await setUp();
    const stream = await openStream(port);
    const connection = await RawConnection.open(port);
    connection.send(
      'POST /events HTTP/1.1',
      'Host: x',
      json,
      'Transfer-Encoding: chunked',
      'Expect: 100-continue',
      '',
    );
    await connection.has('HTTP/1.1 100 Continue');
    for (const byte of '{"type":"a"}') connection.send('1', byte);
    connection.send('0', '');
    await connection.has('HTTP/1.1 202 ');
    await stream.has('data: {"type":"a"}\n');
    expect((await broadcaster.stats()).published).toBe(1);
  });

  test('requests pipelined one after the other are answered in their order', async () => {
    const { broadcaster, port } = await setUp();
    const connection = await RawConnection.open(port);
    const one = (n: number) =>
      `POST /events HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: 18\r\n\r\n{"type":"a","n":${n}}`;
    connection.socket.write(Array.from({ length: 9 }, (__, n) => one(n)).join(''));
    await connection.has('HTTP/1.1 202 ', 9);
    const ids = [...connection.text.matchAll(/"ids":\["[^-"]+-(\d+)"/g)].map((match) => Number(match[1]));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect((await broadcaster.stats()).published).toBe(9);
  });

  test('a body of the wrong kind that never ends is refused before it is read', async () => {
    const { broadcaster, port } = await setUp();
    for (const lines of [['Content-Type: text/plain'], [], [json, 'Content-Encoding: gzip']]) {
      const connection = await RawConnection.open(port);
      connection.send(
        'POST /events HTTP/1.1',
        'Host: x',
        'Transfer-Encoding: chunked',
        ...lines,
        '',
        '1',
        '{',
      );
      await connection.has('HTTP/1.1 415 ');
    }
    expect((await broadcaster.stats()).published).toBe(0);
  });

  test('whoever has no token is refused before the body is read', async () => {
    const broadcaster = testBroadcaster();
    const { port } = await serve(
      express().use('/events', publisher(broadcaster, { authorize: bearerToken('secret') })),
    );
    for (const line of [
      'X-No: token',
      'Authorization: Bearer secre',
      'Authorization: Basic secret',
      'Authorization: Bearer',
    ]) {
      const connection = await RawConnection.open(port);
      connection.send('POST /events HTTP/1.1', 'Host: x', json, 'Content-Length: 1000', line, '');
      await connection.has('HTTP/1.1 401 ');
      await connection.has('WWW-Authenticate: Bearer');
      expect(connection.text).not.toContain('secret');
    }
  });

  test('a typed broadcaster fits everywhere, and its schema refuses with the path that fails', async () => {
    interface Payload {
      readonly price: number;
    }
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) =>
          typeof (value as Payload).price === 'number'
            ? { value: value as Payload }
            : { issues: [{ message: 'no number', path: ['price'] }] },
      },
    };
    const broadcaster = new Broadcaster<{ sale: Payload }>({ schemas: { sale: schema } });
    const app = express().use(router(broadcaster, { publish: { authorize: 'anyone' } }), sse(broadcaster));
    const { ask } = await serve(app);
    const headers = { 'content-type': 'application/json' };
    const refused = await ask('/events', {
      method: 'POST',
      headers,
      body: '[{"type":"sale","price":1},{"type":"sale"}]',
    });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('price');
    expect((await broadcaster.stats()).published).toBe(0);
    const taken = await ask('/events', { method: 'POST', headers, body: '{"type":"sale","price":1}' });
    expect(taken.status).toBe(202);
    await broadcaster.close();
  });

  test('an append that fails is a 503, and the retry with its key has one event', async () => {
    const log: EventLog = new MemoryEventLog();
    const append = log.append.bind(log);
    let failing = true;
    log.append = async (events) => {
      const ids = await append(events);
      if (failing) throw new Error('the answer of secret-host got lost');
      return ids;
    };
    const broadcaster = testBroadcaster({ log });
    const { ask, port } = await serve(
      express().use(router(broadcaster, { publish: { authorize: 'anyone' } })),
    );
    const stream = await openStream(port);
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' };
    const body = '[{"type":"a","n":1},{"type":"a","n":2}]';
    const lost = await ask('/events', { method: 'POST', headers, body });
    expect([lost.status, lost.headers['retry-after']]).toEqual([503, '5']);
    expect(lost.text).not.toContain('secret-host');
    failing = false;
    const again = await ask('/events', { method: 'POST', headers, body });
    const third = await ask('/events', { method: 'POST', headers, body });
    expect(again.status).toBe(202);
    expect(third.json).toEqual(again.json);
    await broadcaster.publish('a', 'last');
    await stream.has('data: last');
    expect(stream.text.split('data: {"type":"a"')).toHaveLength(3);
  });
});
