import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { ask, publish, publishOk } from './support/http.ts';
import { scrape } from './support/series.ts';
import { eventually, killServers, runServer, startServer } from './support/server-process.ts';
import { openStream } from './support/sse-reader.ts';

afterEach(killServers);

test('/metrics tells of clients, events, latencies, history and the process', async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const reader = await openStream(`${server.url}/stream?topics=tick`);
  await publishOk(server, [{ type: 'tick' }, { type: 'other' }]);
  await eventually(() => expect(reader.events()).toHaveLength(1));
  await publish(server, 'no json');
  await eventually(async () =>
    expect((await scrape(server)).get('sse_event_latency_seconds_count')).toBeGreaterThan(0),
  );
  const series = await scrape(server);
  expect(Object.fromEntries(series)).toMatchObject({
    sse_connected_clients: 1,
    sse_events_published_total: 2,
    sse_events_matched_total: 1,
    sse_events_sent_total: 1,
    sse_events_dropped_total: 0,
    'sse_refused_total{reason="malformed"}': 1,
    'sse_gaps_total{reason="evicted"}': 0,
    'sse_disconnects_total{reason="slow"}': 0,
    'sse_connects_total{resume="new"}': 1,
    sse_history_entries: 2,
    sse_processes: 1,
    sse_running: 1,
  });
  for (const name of [
    'sse_history_bytes',
    'sse_history_age_seconds',
    'sse_log_append_seconds_sum',
    'nodejs_heap_size_used_bytes',
    'nodejs_eventloop_lag_p99_seconds',
    'process_open_fds',
    'process_max_fds',
  ])
    expect(series.get(name), name).toBeGreaterThanOrEqual(0);
});

test('on a port of their own, metrics are nowhere else', async () => {
  const server = await startServer({ env: { METRICS_PORT: '0' } });
  const { url } = (await server.log('metrics are here')) as { url: string };
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  expect((await scrape({ url }, '')).get('sse_connected_clients')).toBe(0);
  expect((await ask(server, '/metrics')).status).toBe(404);
  expect((await ask(server, '/')).body['endpoints']).not.toHaveProperty('metrics');
  const other = await fetch(url.replace('/metrics', '/clients'));
  expect(other.status).toBe(404);
  const taken = await runServer({ env: { METRICS_PORT: new URL(url).port } });
  expect(taken.stderr).toContain('Expected `METRICS_PORT` to be free');
});

test('the front page says where the metrics are', async () => {
  const { body } = await ask(await startServer(), '/');
  expect(body).toMatchObject({
    endpoints: { metrics: '/metrics' },
    features: expect.arrayContaining(['metrics']),
  });
});

test('docs/operations.md explains every metric of ours, and no other', async () => {
  const series = await scrape(await startServer());
  const names = [...series.keys()].map((name) => name.replace(/(_bucket|_sum|_count)?(\{.*)?$/, ''));
  const docs = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const explained = [...docs.matchAll(/`(sse_[a-z_]+)/g)].map(([, name]) => name);
  expect(new Set(explained)).toEqual(new Set(names.filter((name) => name.startsWith('sse_'))));
});
