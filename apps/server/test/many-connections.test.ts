import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, publishOk } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from './support/server-process.ts';
import { openStream, type SseReader } from './support/sse-reader.ts';

const CLIENTS = 150;
const PATTERNS = [
  'orders.eu.created',
  'orders.*.created',
  'orders.**',
  'alert,metric',
  '**',
  'nothing',
] as const;
const EVENTS = [
  'orders.eu.created',
  'orders.us.created',
  'orders.eu.paid',
  'orders.eu.north.created',
  'alert',
  'metric',
];
/** What each pattern is to bring, by its place in `EVENTS`. */
const EXPECTED: Readonly<Record<(typeof PATTERNS)[number], readonly number[]>> = {
  'orders.eu.created': [0],
  'orders.*.created': [0, 1],
  'orders.**': [0, 1, 2, 3],
  'alert,metric': [4, 5],
  '**': [0, 1, 2, 3, 4, 5],
  nothing: [],
};
const ROUNDS = 20;

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer();
});
afterAll(killServers);

const patternOf = (index: number): (typeof PATTERNS)[number] =>
  PATTERNS[index % PATTERNS.length] ?? 'nothing';

test('150 clients at once get exactly their topics, in order, and /clients counts each', async () => {
  const readers = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) =>
      openStream(
        `${server.url}/stream?topics=${patternOf(index)}&client_name=client-${index}&tags=n${index},all`,
      ),
    ),
  );
  const sent: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (let topic = 0; topic < EVENTS.length; topic++) {
      sent.push(topic);
      await publishOk(server, { type: EVENTS[topic], n: sent.length - 1 });
    }

  const expected = (index: number): readonly number[] =>
    sent.flatMap((topic, n) => (EXPECTED[patternOf(index)].includes(topic) ? [n] : []));
  const received = (reader: SseReader): readonly unknown[] => reader.events().map(({ n }) => n);
  await eventually(() => expect(readers.map(received)).toEqual(readers.map((_, index) => expected(index))));

  const { body } = await ask(server, '/clients?limit=1000');
  expect(body['count']).toBe(CLIENTS);
  const clients = body['clients'] as readonly Record<string, unknown>[];
  const byName = new Map(clients.map((client) => [client['client_name'], client]));
  for (let index = 0; index < CLIENTS; index++)
    expect(byName.get(`client-${index}`)).toEqual({
      client_id: readers[index]?.system('connected')[0]?.['client_id'],
      client_name: `client-${index}`,
      tags: [`n${index}`, 'all'],
      topics: expect.arrayContaining(patternOf(index).split(',')),
      connected_at: expect.any(String),
      events_received: expected(index).length,
      queue_size: 0,
    });
  expect(new Set(clients.map((client) => client['client_id'])).size).toBe(CLIENTS);

  for (const reader of readers.slice(0, 50)) reader.close();
  await eventually(async () => expect((await ask(server, '/clients')).body['count']).toBe(CLIENTS - 50));
  await publishOk(server, { type: 'metric', n: -1 });
  await eventually(() => {
    for (const [index, reader] of readers.entries())
      if (index >= 50 && EXPECTED[patternOf(index)].includes(5)) expect(received(reader).at(-1)).toBe(-1);
  });
  for (const reader of readers) reader.close();
  await eventually(async () => {
    expect((await ask(server, '/clients')).body).toEqual({ count: 0, clients: [] });
    expect((await ask(server, '/')).body['clients']).toBe(0);
    expect((await ask(server, '/health')).body['connected_clients']).toBe(0);
  });
  expect(server.logs('client disconnected')).toHaveLength(CLIENTS);
});

test('150 clients that come and go at once leave nobody behind', async () => {
  const before = server.logs('client disconnected').length;
  const readers = await Promise.all(
    Array.from({ length: CLIENTS }, () => openStream(`${server.url}/stream`)),
  );
  for (const reader of readers) reader.close();
  await eventually(() => expect(server.logs('client disconnected')).toHaveLength(before + CLIENTS));
  expect((await ask(server, '/clients')).body['count']).toBe(0);
});
