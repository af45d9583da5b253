import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type PublishOptions, publish, publishOk } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer, TOKEN } from './support/server-process.ts';
import { openStream, type SseReader } from './support/sse-reader.ts';

let server: ServerProcess;
let reader: SseReader;

beforeAll(async () => {
  server = await startServer();
  reader = await openStream(`${server.url}/stream`);
});
afterAll(killServers);

/** Everything that came since the last call, once a marker that is published now has come. */
async function received(): Promise<readonly unknown[]> {
  const type = `marker.m${performance.now().toFixed(3).replace('.', '_')}`;
  await publishOk(server, { type });
  await eventually(() => expect(reader.events().at(-1)).toEqual({ type }));
  const events = reader.blocks.filter(({ event }) => event !== 'system').slice(0, -1);
  reader.blocks.length = 0;
  return events.flatMap(({ event, data }) =>
    event === undefined || data === undefined ? [] : [event === 'data' ? JSON.parse(data) : [event, data]],
  );
}

describe('published', () => {
  test('one object reaches the stream with its id, as it was written', async () => {
    const answer = await publish(server, '{"type":"a.b", "big": 12345678901234567890, "text":"ü\\u2028\\n"}');
    expect(answer.status).toBe(202);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const [id] = answer.body['ids'] as readonly string[];
    await eventually(() =>
      expect(reader.blocks.find((block) => block.id === id)?.data).toBe(
        '{"type":"a.b", "big": 12345678901234567890, "text":"ü\\u2028\\n"}',
      ),
    );
    await received();
  });

  test('an array comes in its order, with one id for each', async () => {
    const events = Array.from({ length: 1_000 }, (_, n) => ({ type: 'many', n }));
    const ids = await publishOk(server, events);
    expect(new Set(ids).size).toBe(1_000);
    expect(await received()).toEqual(events);
  });

  test.each(['application/x-ndjson', 'application/ndjson; charset=utf-8'])(
    'lines of %s do too',
    async (type) => {
      const text = '{"type":"one"}\n\n{"type":"two"}\r\n{"type":"three"}';
      const { status, body } = await publish(server, text, { headers: { 'Content-Type': type } });
      expect(status).toBe(202);
      expect(body['ids']).toHaveLength(3);
      expect(await received()).toEqual([{ type: 'one' }, { type: 'two' }, { type: 'three' }]);
    },
  );

  test('a CloudEvent is taken as it is', async () => {
    const event = { specversion: '1.0', id: '1', source: '/a', type: 'com.example.made', data: { n: 1 } };
    const headers = { 'Content-Type': 'application/cloudevents+json' };
    expect((await publish(server, event, { headers })).status).toBe(202);
    expect(await received()).toEqual([event]);
  });

  test('again with the same Idempotency-Key it adds nothing and answers with the same ids', async () => {
    const headers = { 'Idempotency-Key': 'order-17' };
    const first = await publish(server, [{ type: 'a' }, { type: 'b' }], { headers });
    const second = await publish(server, [{ type: 'a' }, { type: 'b' }], { headers });
    expect(second).toMatchObject({ status: 202, body: first.body });
    expect(await received()).toEqual([{ type: 'a' }, { type: 'b' }]);
  });

  test('under a name of its own it comes with that name', async () => {
    expect((await publish(server, { type: 'a' }, { query: '?event=order-made' })).status).toBe(202);
    expect(await received()).toEqual([['order-made', '{"type":"a"}']]);
  });

  test('a payload with lines in its text is one event', async () => {
    const event = { type: 'text', text: 'one\ntwo\rthree\r\n\r\nid: 7\ndata: x' };
    await publishOk(server, event);
    expect(await received()).toEqual([event]);
  });

  test('`__proto__` and `constructor` are keys like any other', async () => {
    const text = '{"type":"a","__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}';
    expect((await publish(server, text)).status).toBe(202);
    await eventually(() => expect(reader.blocks.at(-1)?.data).toBe(text));
    await received();
  });

  test('JSON over several lines reaches the reader whole', async () => {
    await publish(server, '{\n  "type": "a",\r\n  "n": 1\n}');
    expect(await received()).toEqual([{ type: 'a', n: 1 }]);
  });
});

const JSON_TYPE = 'application/json';

describe('refused as a problem, with nothing published,', () => {
  const refused: readonly (readonly [
    name: string,
    status: number,
    body: unknown,
    options?: PublishOptions,
  ])[] = [
    ['an empty body is', 400, ''],
    ['an empty array is', 400, []],
    ['text that is no JSON is', 400, '{"type":"a"'],
    ['two objects in one are', 400, '{"type":"a"}{"type":"b"}'],
    ['an array with a hole is', 400, '[{"type":"a"},,{"type":"b"}]'],
    ['a number is', 400, '17'],
    ['null is', 400, 'null'],
    ['an array within an array is', 400, [[{ type: 'a' }]]],
    ['an event without a type is', 400, { n: 1 }],
    ['a type that is no text is', 400, { type: 17 }],
    ['an inherited type is', 400, '{"__proto__":{"type":"a"}}'],
    ['a topic with a pattern is', 400, { type: 'a.*' }],
    ['a topic with an empty segment is', 400, { type: 'a..b' }],
    ['a topic with a line break is', 400, { type: 'a\nid: 1' }],
    ['a batch whose last event is wrong is', 400, [{ type: 'a' }, { type: 'b' }, { n: 1 }]],
    [
      'NDJSON with a wrong line is',
      400,
      '{"type":"a"}\nx',
      { headers: { 'Content-Type': 'application/x-ndjson' } },
    ],
    ['JSON nested 10,000 deep is', 400, `{"type":"a","x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['a batch of 1,001 events is', 413, Array.from({ length: 1_001 }, () => ({ type: 'a' }))],
    ['a body beyond 256 KiB is', 413, { type: 'a', text: 'x'.repeat(256 * 1024) }],
    ['text is', 415, 'hello', { headers: { 'Content-Type': 'text/plain' } }],
    ['a form is', 415, 'type=a', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
    [
      'another charset is',
      415,
      '{"type":"a"}',
      { headers: { 'Content-Type': `${JSON_TYPE}; charset=latin1` } },
    ],
    ['a compressed body is', 415, '{"type":"a"}', { headers: { 'Content-Encoding': 'gzip' } }],
    ['the event name `error` is', 400, { type: 'a' }, { query: '?event=error' }],
    ['the event name `system` is', 400, { type: 'a' }, { query: '?event=system' }],
    ['an event name with CR and LF is', 400, { type: 'a' }, { query: '?event=a%0d%0adata:%20x' }],
    ['an event name with NUL is', 400, { type: 'a' }, { query: '?event=a%00b' }],
    ['an empty event name is', 400, { type: 'a' }, { query: '?event=' }],
    ['a repeated query key is', 400, { type: 'a' }, { query: '?event=a&event=b' }],
    ['a bracketed query key is', 400, { type: 'a' }, { query: '?event[]=a' }],
    ['bad percent-encoding is', 400, { type: 'a' }, { query: '?event=%c3' }],
    [
      'an Idempotency-Key of 300 characters is',
      400,
      { type: 'a' },
      { headers: { 'Idempotency-Key': 'k'.repeat(300) } },
    ],
    ['no token is', 401, { type: 'a' }, { headers: { Authorization: '' } }],
    ['a wrong token is', 401, { type: 'a' }, { headers: { Authorization: 'Bearer token-of-somebody-else' } }],
    ['a token of another scheme is', 401, { type: 'a' }, { headers: { Authorization: `Basic ${TOKEN}` } }],
  ];

  test.each(refused.map(([name, ...rest]) => ({ name, rest })))('$name', async ({ rest }) => {
    const [status, body, options] = rest;
    const answer = await publish(server, body, options);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ type: 'about:blank', status, detail: expect.stringMatching(/./) });
    expect(JSON.stringify(answer.body)).not.toContain(TOKEN);
    expect(await received()).toEqual([]);
  });

  test('bytes that are not UTF-8 are', async () => {
    const answer = await ask(server, '/events', {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': JSON_TYPE },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    });
    expect(answer.status).toBe(400);
    expect(await received()).toEqual([]);
  });

  test('a missing token is, with the challenge that RFC 6750 wants', async () => {
    const answer = await ask(server, '/events', { method: 'POST', body: '{"type":"a"}' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});

test('the token is checked before a byte of the body is read', async () => {
  const answer = await publish(server, 'x'.repeat(300_000), { headers: { Authorization: 'Bearer wrong' } });
  expect(answer.status).toBe(401);
});

test('the bounds of a request are settings, also above the defaults', async () => {
  const events = (count: number): readonly unknown[] => Array.from({ length: count }, () => ({ type: 'a' }));
  const small = await startServer({ env: { MAX_BATCH: '2', MAX_BODY_BYTES: '64' } });
  expect((await publish(small, events(3))).status).toBe(413);
  expect((await publish(small, { type: 'a', text: 'x'.repeat(64) })).status).toBe(413);
  expect((await publish(small, events(2))).status).toBe(202);
  const large = await startServer({ env: { MAX_BATCH: '12000', MAX_BODY_BYTES: '1000000' } });
  expect((await publish(large, events(12_000))).status).toBe(202);
  expect((await publish(large, { type: 'a', text: 'x'.repeat(900_000) })).status).toBe(202);
});

describe('without PUBLISH_TOKEN', () => {
  test('the server makes a token, prints it once, and never logs it', async () => {
    const open = await startServer({ env: { PUBLISH_TOKEN: undefined } });
    const line = await eventually(() => {
      const found = /^PUBLISH_TOKEN is not set; .* (\S{16,})$/m.exec(open.stderr);
      expect(found).not.toBeNull();
      return found;
    });
    const token = line?.[1] ?? '';
    expect(
      (await publish(open, { type: 'a' }, { headers: { Authorization: `Bearer ${token}` } })).status,
    ).toBe(202);
    expect((await publish(open, { type: 'a' })).status).toBe(401);
    const { stdout, stderr } = await open.stop();
    expect(stderr.split(token)).toHaveLength(2);
    expect(stdout).not.toContain(token);
  });

  test('each start makes another one', async () => {
    const servers = await Promise.all([1, 2].map(() => startServer({ env: { PUBLISH_TOKEN: '' } })));
    const tokens = servers.map((open) =>
      eventually(() => {
        expect(open.stderr).toContain('\n');
        return open.stderr.trim().split(' ').at(-1);
      }),
    );
    expect(new Set(await Promise.all(tokens)).size).toBe(2);
  });
});
