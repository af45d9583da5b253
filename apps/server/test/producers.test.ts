import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask } from './support/http.ts';
import { eventually, killServers, startServer } from './support/server-process.ts';
import { openStream } from './support/sse-reader.ts';

afterAll(killServers);

const METRICS = ['cpu_usage', 'memory_usage', 'load_1m', 'event_loop_lag_ms', 'sse_clients'];

test('live metrics come within two seconds of the start, and the producers run', async () => {
  const startedAt = performance.now();
  const server = await startServer({ env: { PRODUCERS: 'all' } });
  const reader = await openStream(`${server.url}/stream?topics=metric`);
  await eventually(() =>
    expect(reader.events().map(({ name }) => name)).toEqual(expect.arrayContaining(METRICS)),
  );
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  expect(reader.events()[0]).toEqual({
    type: 'metric',
    name: 'cpu_usage',
    value: expect.any(Number),
    unit: 'percent',
    timestamp: expect.stringMatching(/^\d{4}-.+Z$/),
  });
  expect(reader.events().find(({ name }) => name === 'sse_clients')).toMatchObject({ value: 1 });
  expect((await ask(server, '/health')).body['producers']).toEqual({
    event_producer: 'running',
    heartbeat_producer: 'running',
  });
});

test('an alert comes where a metric is above its threshold', async () => {
  const env = { PRODUCERS: 'all', METRIC_INTERVAL: '0.1', ALERT_RULES: 'sse_clients:1:1' };
  const server = await startServer({ env });
  const reader = await openStream(`${server.url}/stream?topics=alert`);
  await eventually(() =>
    expect(reader.events()).toMatchObject([{ name: 'sse_clients', state: 'raised', value: 1, threshold: 1 }]),
  );
});

test("the server's own log lines are events", async () => {
  const server = await startServer({ env: { PRODUCERS: 'all' } });
  const reader = await openStream(`${server.url}/stream?topics=log`);
  await openStream(`${server.url}/stream?client_name=second&topics=nothing`);
  await eventually(() =>
    expect(reader.events().at(-1)).toMatchObject({
      type: 'log',
      level: 'info',
      source: 'server',
      message: 'client connected',
      fields: { client_name: 'second' },
    }),
  );
});

describe('LOG_FILE', () => {
  let folder = '';
  let path = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sse-log-'));
    path = join(folder, 'app.log');
    writeFileSync(path, 'old\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('gives its new lines as events, also after its rotation', async () => {
    const server = await startServer({ env: { PRODUCERS: 'all', LOG_FILE: path } });
    const reader = await openStream(`${server.url}/stream?topics=log`);
    const messages = (): readonly unknown[] =>
      reader.events().flatMap(({ source, message }) => (source === 'file' ? [message] : []));
    await server.log('LOG_FILE is being followed');
    appendFileSync(path, 'one\n{"level":"error","msg":"two"}\n');
    await eventually(() => expect(messages()).toEqual(['one', 'two']));
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    await eventually(() => expect(messages()).toEqual(['one', 'two', 'three']));
    expect(reader.events().find(({ message }) => message === 'two')).toMatchObject({ level: 'error' });
  });

  test('that is not there keeps nothing from working', async () => {
    const env = { PRODUCERS: 'all', LOG_FILE: join(folder, 'none', 'app.log') };
    const server = await startServer({ env });
    const reader = await openStream(`${server.url}/stream?topics=metric`);
    await eventually(() => expect(reader.events()).not.toEqual([]));
    expect((await ask(server, '/health')).body['producers']).toMatchObject({ event_producer: 'running' });
  });
});

test('lines piped to standard input are events, and the server outlives their end', async () => {
  const server = await startServer({ env: { PRODUCERS: 'all' }, input: '' });
  const reader = await openStream(`${server.url}/stream?topics=log`);
  server.write('one\n\u001b[31mtwo\u001b[0m\nwithout an end');
  server.endInput();
  await eventually(() =>
    expect(reader.events().flatMap(({ source, message }) => (source === 'stdin' ? [message] : []))).toEqual([
      'one',
      'two',
      'without an end',
    ]),
  );
  expect((await ask(server, '/health')).status).toBe(200);
});

test('PRODUCERS=none publishes nothing, and heartbeats still come', async () => {
  const server = await startServer({
    env: { METRIC_INTERVAL: '0.1', HEARTBEAT_INTERVAL: '0.2' },
    input: 'a line\n',
  });
  const reader = await openStream(`${server.url}/stream`);
  await eventually(() => expect(reader.events('heartbeat').length).toBeGreaterThan(4));
  expect(reader.events()).toEqual([]);
  expect(reader.events('heartbeat')[0]).toEqual({ timestamp: expect.stringMatching(/Z$/), clients: 1 });
  expect((await ask(server, '/health')).body).toMatchObject({
    event_history_size: 0,
    producers: { event_producer: 'stopped', heartbeat_producer: 'running' },
  });
});

test('a client without the topic `heartbeat` hears a comment instead, and its cursor moves on', async () => {
  const server = await startServer({
    env: { PRODUCERS: 'all', METRIC_INTERVAL: '0.1', HEARTBEAT_INTERVAL: '0.2' },
  });
  const reader = await openStream(`${server.url}/stream?topics=quiet`);
  const first = reader.lastId;
  await eventually(() =>
    expect(reader.blocks.filter(({ comment }) => comment === 'heartbeat').length).toBeGreaterThan(2),
  );
  expect(reader.events('heartbeat')).toEqual([]);
  const checkpoints = reader.blocks.filter(({ id, data }) => id !== undefined && data === undefined);
  expect(checkpoints.length).toBeGreaterThan(0);
  expect(reader.lastId).not.toBe(first);
});
