import { describe, expect, test } from 'vitest';
import { brokenLog } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { expectRefused, servePublisher } from '../test/publishing.ts';
import { openStream } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { bearerToken } from './bearer.ts';
import { publisher } from './publisher.ts';
import { sse } from './stream.ts';

describe.each(EXPRESSES)('publisher on Express %s', (_, express) => {
  test('an object is published under its type, as the text that it was', async () => {
    const { post, published, broadcaster } = await servePublisher(express);
    const text = '{"type": "orders.eu", "n":12345678901234567890, "price":1.10, "__proto__":{"x":1}}';
    const answer = await post(` ${text}\r\n`);
    const { newest } = (await broadcaster.stats()).log;
    expect([answer.status, answer.json]).toEqual([202, { ids: [newest] }]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(published).toEqual([{ topic: 'orders.eu', data: text }]);
    expect('x' in {}).toBe(false);
  });

  test('an array is published in its order, in one append', async () => {
    const { post, published } = await servePublisher(express);
    const answer = await post('[{"type":"a","s":"],["} , {"type":"b","n":[1.0]}]');
    expect((answer.json as { ids: string[] }).ids).toHaveLength(2);
    expect(published).toEqual([
      { topic: 'a', data: '{"type":"a","s":"],["}' },
      { topic: 'b', data: '{"type":"b","n":[1.0]}' },
    ]);
  });

  test.each([['application/x-ndjson'], ['application/ndjson; charset=utf-8'], ['application/jsonl']])(
    'lines of %s are published in their order',
    async (type) => {
      const { post, published } = await servePublisher(express);
      const body = '{"type":"a","n":1}\r\n\n{"type":"a","n":2}';
      expect((await post(body, { headers: { 'content-type': type } })).status).toBe(202);
      expect(published.map(({ data }) => data)).toEqual(['{"type":"a","n":1}', '{"type":"a","n":2}']);
    },
  );

  test.each([
    ['application/cloudevents+json; charset="UTF-8"', '{"specversion":"1.0","type":"com.x.y","id":"1"}'],
    ['application/cloudevents-batch+json', '[{"specversion":"1.0","type":"com.x.y","id":"1"}]'],
    ['Application/JSON', '{"type":"com.x.y"}'],
  ])('a body of %s is published', async (type, body) => {
    const { post, published } = await servePublisher(express);
    expect((await post(body, { headers: { 'content-type': type } })).status).toBe(202);
    expect(published.map(({ topic }) => topic)).toEqual(['com.x.y']);
  });

  test('a well-formed traceparent goes with all events of the request, to the stream; any other is ignored', async () => {
    const { post, published, broadcaster } = await servePublisher(express);
    const { port } = await serve(express().get('/stream', sse(broadcaster)));
    const stream = await openStream(port);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await post('[{"type":"a"},{"type":"b"}]', { headers: { traceparent } });
    await stream.has(`: traceparent ${traceparent}\nevent: data\ndata: {"type":"b"}`);
    expect(published.map((event) => event.traceparent)).toEqual([traceparent, traceparent]);
    for (const value of ['nonsense', `${traceparent}-01`, [traceparent, traceparent]])
      expect((await post('{"type":"c"}', { headers: { traceparent: value } })).status).toBe(202);
    expect(published.slice(2)).toEqual(Array(3).fill({ topic: 'c', data: '{"type":"c"}' }));
  });

  test('a byte order mark, U+2028 and every line end in the text survive the stream', async () => {
    const { post, broadcaster } = await servePublisher(express);
    const { port } = await serve(express().get('/stream', sse(broadcaster)));
    const stream = await openStream(port);
    await post('\ufeff{"type":"a",\r\n"s":"\u2028\\r\\n\\u0000"}');
    await stream.has('event: data\n');
    expect(Buffer.from(stream.text, 'latin1').toString()).toContain(
      'event: data\ndata: {"type":"a",\ndata: "s":"\u2028\\r\\n\\u0000"}\n\n',
    );
  });

  test('event and key of the query go for all events', async () => {
    const { post, published } = await servePublisher(express);
    await post('[{"type":"a"},{"type":"b"}]', { query: '?event=order%20paid&key=k+1&unknown=1' });
    expect(published).toMatchObject([
      { event: 'order paid', key: 'k 1' },
      { event: 'order paid', key: 'k 1' },
    ]);
  });

  test('events are private where the query says so, and nothing but true and false is taken', async () => {
    const { post, published } = await servePublisher(express);
    await post('{"type":"a"}', { query: '?private=true' });
    await post('{"type":"b"}', { query: '?private=false' });
    expect(published).toMatchObject([{ topic: 'a', private: true }, { topic: 'b' }]);
    expect(published[1]).not.toHaveProperty('private');
    const answer = await post('{"type":"c"}', { query: '?private=1' });
    expect([answer.status, published.length]).toEqual([400, 2]);
  });

  test('a retry with the same Idempotency-Key adds nothing and has the same ids', async () => {
    const { post, published, broadcaster } = await servePublisher(express);
    const retry = () => post('[{"type":"a"},{"type":"b"}]', { headers: { 'idempotency-key': '"8e03-x" ~' } });
    const [first, second] = [await retry(), await retry()];
    expect(second.json).toEqual(first.json);
    expect(published[1]).toMatchObject({ idempotencyKey: '"8e03-x" ~/1' });
    expect((await broadcaster.stats()).log.entries).toBe(2);
  });

  test('behind express.json(), what it has parsed is published', async () => {
    const { post, published } = await servePublisher(express, { before: express.json() });
    expect((await post('{"type":"a", "__proto__":{"x":1}}')).status).toBe(202);
    await post('[{"type":"b"}]');
    // Not the parser's content type: the body is still to be read.
    await post('{"type":"c"}\n{"type":"d"}', { headers: { 'content-type': 'application/x-ndjson' } });
    expect(published.map(({ data }) => data)).toEqual([
      '{"type":"a","__proto__":{"x":1}}',
      '{"type":"b"}',
      '{"type":"c"}',
      '{"type":"d"}',
    ]);
  });

  test.each([
    ['text', express.text({ type: '*/*' })],
    ['raw', express.raw({ type: '*/*' })],
  ])('behind express.%s() the text stays as it was', async (__, before) => {
    const { post, published } = await servePublisher(express, { before });
    await post('{"type":"a", "n":1.10}');
    expect(published.map(({ data }) => data)).toEqual(['{"type":"a", "n":1.10}']);
  });

  test('the schema of a topic is applied to the value, and the text goes out as it came', async () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) =>
          Number.isInteger((value as { n?: unknown }).n)
            ? { value }
            : { issues: [{ message: 'no integer', path: ['n'] }] },
      },
    };
    const publishing = await servePublisher(express, { broadcaster: { schemas: { a: schema } } });
    const detail = expectRefused(publishing, await publishing.post('[{"type":"a","n":1},{"type":"a"}]'), 400);
    expect(detail).toContain('n: no integer');
    await publishing.post('{"type":"a", "n":1}');
    expect(publishing.published).toEqual([{ topic: 'a', data: '{"type":"a", "n":1}' }]);
  });

  test('a log that is down is a 503, and gives no address away', async () => {
    const publishing = await servePublisher(express, { broadcaster: { log: brokenLog() } });
    const answer = await publishing.post('{"type":"a"}');
    expect(expectRefused(publishing, answer, 503)).not.toContain('secret-host');
    expect(answer.headers['retry-after']).toBe('5');
  });
});

describe.each(EXPRESSES)('who may publish on Express %s', (_, express) => {
  test('without the token nobody, and the body is not looked at', async () => {
    const publishing = await servePublisher(express, { options: { authorize: bearerToken('t') } });
    const answer = await publishing.post('no json', { headers: { 'content-type': 'text/html' } });
    expectRefused(publishing, answer, 401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    const sent = { headers: { authorization: 'Bearer t' } };
    expect((await publishing.post('{"type":"a"}', sent)).status).toBe(202);
  });

  test('a topic beyond the rights refuses the whole batch with 403, by its index', async () => {
    const authorize = () => ({ topics: ['mine.**'] });
    const publishing = await servePublisher(express, { options: { authorize } });
    const answer = await publishing.post('[{"type":"mine.a"},{"type":"yours.a"}]');
    expect(expectRefused(publishing, answer, 403)).toBe('Event 1: publishing to `yours.a` is not allowed');
    expect((await publishing.post('{"type":"mine.a"}')).status).toBe(202);
  });

  test('with rights to no topic nobody', async () => {
    const publishing = await servePublisher(express, { options: { authorize: () => ({ topics: [] }) } });
    expectRefused(publishing, await publishing.post('{"type":"a"}'), 403);
  });

  test('a refusal is told', async () => {
    const told: number[] = [];
    const publishing = await servePublisher(express, {
      options: { authorize: () => ({ status: 429 }), onRefuse: ({ status }) => told.push(status) },
    });
    expectRefused(publishing, await publishing.post('{"type":"a"}'), 429);
    expect(told).toEqual([429]);
  });
});

test.each([
  [{}, 'authorize'],
  [{ authorize: 'everyone' }, 'authorize'],
  [{ authorize: 'anyone', maxEvents: 0 }, 'maxEvents'],
  [{ authorize: 'anyone', maxBodyBytes: Number.NaN }, 'maxBodyBytes'],
  [{ authorize: 'anyone', maxDepth: '5' }, 'maxDepth'],
])('options %j are refused when the publisher is made', async (options, name) => {
  const { broadcaster } = await servePublisher(EXPRESSES[0]?.[1] as (typeof EXPRESSES)[0][1]);
  const make = () => publisher(broadcaster, options as Parameters<typeof publisher>[1]);
  expect(make).toThrow(expect.objectContaining({ code: 'invalid-option' }) as Error);
  expect(make).toThrow(`\`${name}\``);
});
