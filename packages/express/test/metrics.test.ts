import { Broadcaster, type EventLog, MemoryEventLog } from '@sse/core';
import { eventLogLaws, FakeSink } from '@sse/core/testing';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { bearerToken } from '../src/bearer.ts';
import {
  broadcasterMetrics,
  countRefusals,
  type MetricsSource,
  measuredHooks,
  measuredLog,
  metrics,
} from '../src/metrics.ts';
import { router } from '../src/router.ts';
import { EXPRESSES } from './expresses.ts';
import { openStream } from './raw-connection.ts';
import { parseSeries, seriesOf } from './series.ts';
import { serve } from './serve.ts';

interface Measured {
  readonly registry: Registry;
  readonly broadcaster: Broadcaster;
  series(): Promise<ReadonlyMap<string, number>>;
}

/** A broadcaster, all of whose metrics are registered. */
function measured(log: EventLog = new MemoryEventLog(), options = {}): Measured {
  const registry = new Registry();
  const broadcaster = new Broadcaster({
    lingerMs: 100,
    ...options,
    log: measuredLog(log, { registry }),
    hooks: measuredHooks({ onError: () => undefined }, { registry }),
  });
  onTestFinished(() => broadcaster.close());
  broadcasterMetrics(broadcaster, { registry });
  return { registry, broadcaster, series: () => seriesOf(registry) };
}

async function connect({ broadcaster }: Measured, request = {}, sink = new FakeSink()): Promise<FakeSink> {
  await broadcaster.subscribe({ ...request, open: () => sink });
  return sink;
}

const TEN = Array.from({ length: 10 }, (_, n) => ({ topic: `t.${n}`, data: n }));

test('a measured log keeps the laws of every log', async () => {
  for (const law of eventLogLaws)
    await law.check({
      create: async ({ maxEntries }) =>
        measuredLog(new MemoryEventLog({ maxEntries }), { registry: new Registry() }),
      timeoutMs: 500,
    });
});

test('what was published, matched, sent and replayed is counted, and how streams began and ended', async () => {
  const all = measured();
  const first = await connect(all, { topics: ['t.*'] });
  await connect(all, { topics: ['other'] });
  const [id] = await all.broadcaster.publish(TEN);
  await vi.waitFor(() => expect(first.text).toContain('data: 9'));
  const second = await connect(all, { topics: ['t.*'], lastEventId: id });
  await connect(all, { lastEventId: 'malformed' });
  await vi.waitFor(() => expect(second.text).toContain('data: 9'));
  first.leave();
  const series = await all.series();
  expect(Object.fromEntries(series)).toMatchObject({
    sse_connected_clients: 3,
    sse_filters: 3,
    sse_running: 1,
    sse_events_published_total: 10,
    sse_events_shown_total: 10,
    sse_events_matched_total: 10,
    sse_events_replayed_total: 9,
    sse_events_sent_total: 19,
    'sse_connects_total{resume="new"}': 2,
    'sse_connects_total{resume="resumed"}': 1,
    'sse_connects_total{resume="reset"}': 1,
    'sse_gaps_total{reason="malformed"}': 1,
    'sse_gaps_total{reason="evicted"}': 0,
    'sse_disconnects_total{reason="gone"}': 1,
    'sse_disconnects_total{reason="slow"}': 0,
    sse_replay_duration_seconds_count: 2,
    sse_history_entries: 10,
    sse_log_append_seconds_count: 1,
    sse_errors_total: 0,
  });
  expect(series.get('sse_history_bytes')).toBeGreaterThan(0);
});

test('a latency is measured for each batch of the tail, once it has been written', async () => {
  const all = measured();
  const sink = await connect(all);
  for (const event of TEN) {
    await all.broadcaster.publish(event);
    await vi.waitFor(() => expect(sink.text).toContain(`data: ${event.data}`), { interval: 1 });
  }
  await vi.waitFor(async () =>
    expect((await all.series()).get('sse_event_latency_seconds_count')).toBe(TEN.length),
  );
  const series = await all.series();
  expect(series.get('sse_log_tail_seconds_count')).toBe(TEN.length);
  expect(series.get('sse_event_latency_seconds_bucket{le="1"}')).toBe(TEN.length);
});

test('the age of the history is that of its oldest event', async () => {
  let now = 1_000_000;
  const log = new MemoryEventLog();
  const entry = vi.spyOn(Date, 'now').mockImplementation(() => now);
  onTestFinished(() => entry.mockRestore());
  const all = measured(log);
  expect((await all.series()).get('sse_history_age_seconds')).toBe(0);
  await all.broadcaster.publish('a', 1);
  now += 90_000;
  await all.broadcaster.publish('a', 2);
  expect((await all.series()).get('sse_history_age_seconds')).toBe(90);
});

test('the queues of all open streams are sampled at each scrape', async () => {
  const all = measured();
  await connect(all);
  await connect(all, {}, new FakeSink({ reading: false, highWaterMark: 1 }));
  await all.broadcaster.publish(TEN);
  await vi.waitFor(() => expect(all.broadcaster.counts().shown).toBe(10));
  const series = await all.series();
  expect(Object.fromEntries(series)).toMatchObject({
    sse_waiting_clients: 1,
    sse_longest_queue_events: 10,
    'sse_queue_events_bucket{le="0"}': 1,
    'sse_queue_events_bucket{le="10"}': 2,
    sse_queue_events_count: 2,
    sse_queue_bytes_count: 2,
  });
  expect((await all.series()).get('sse_queue_bytes_count')).toBe(4);
});

test('while the log does not answer, everything else is still told', async () => {
  const log = new MemoryEventLog();
  const all = measured(log);
  await connect(all);
  await all.broadcaster.publish(TEN);
  expect((await all.series()).get('sse_history_entries')).toBe(10);
  await log.close();
  await expect(all.broadcaster.publish('a', 1)).rejects.toThrow();
  await vi.waitFor(() => expect(all.broadcaster.status).toBe('log_unavailable'));
  const series = await all.series();
  expect(Object.fromEntries(series)).toMatchObject({
    sse_running: 0,
    sse_connected_clients: 1,
    sse_history_entries: 10,
    'sse_log_failures_total{operation="append"}': 1,
  });
});

test('a log that never answers holds up no scrape', async () => {
  const log = new MemoryEventLog();
  log.stats = () => new Promise(() => undefined);
  expect((await measured(log).series()).get('sse_running')).toBeDefined();
});

test('10,000 topics, user agents and names add no series', async () => {
  const all = measured(new MemoryEventLog(), { maxSubscribers: 20_000 });
  await connect(all);
  await all.broadcaster.publish('a', 1);
  const before = [...(await all.series()).keys()];
  const numbers = Array.from({ length: 10_000 }, (_, n) => n);
  await all.broadcaster.publish(numbers.map((n) => ({ topic: `topic.${n}`, data: 0 })));
  await vi.waitFor(() => expect(all.broadcaster.counts().shown).toBe(10_001));
  const clientOf = (n: number) => ({ name: `name ${n}`, userAgent: `agent/${n}`, tags: [`tag ${n}`] });
  await Promise.all(numbers.map((n) => connect(all, { topics: [`topic.${n}`], client: clientOf(n) })));
  const series = await all.series();
  expect(series.get('sse_connected_clients')).toBe(10_001);
  expect([...series.keys()]).toEqual(before);
});

describe.each(EXPRESSES)('on Express %s', (_, express) => {
  async function served(authorize?: ReturnType<typeof bearerToken>) {
    const all = measured();
    const app = express();
    app.use(countRefusals(all)).all('/metrics', metrics(all.registry, { authorize }));
    app.use(router(all.broadcaster));
    return { ...all, ...(await serve(app)) };
  }

  test('/metrics answers with the text that Prometheus reads', async () => {
    const { port, ask } = await served();
    await openStream(port);
    const answer = await ask('/metrics');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(parseSeries(answer.text).get('sse_connected_clients')).toBe(1);
    expect(await ask('/metrics', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect((await ask('/metrics', { method: 'POST' })).status).toBe(405);
  });

  test('/metrics is shown only to whom `authorize` lets in', async () => {
    const { ask } = await served(bearerToken('secret'));
    expect((await ask('/metrics')).status).toBe(401);
    const headers = { Authorization: 'Bearer secret' };
    expect((await ask('/metrics', { headers })).text).toContain('sse_connected_clients 0');
  });

  test('refusals are counted by their reason, from a fixed set', async () => {
    const { ask, series } = await served();
    const before = [...(await series()).keys()];
    for (const path of ['/stream?topics=', '/clients?limit=0', '/nothing', '/else']) await ask(path);
    await ask('/stream', { method: 'POST' });
    await ask('/stream', { headers: { Accept: 'text/html' } });
    const after = await series();
    expect(Object.fromEntries(after)).toMatchObject({
      'sse_refused_total{reason="malformed"}': 2,
      'sse_refused_total{reason="not_found"}': 2,
      'sse_refused_total{reason="method"}': 1,
      'sse_refused_total{reason="not_acceptable"}': 1,
      'sse_refused_total{reason="failed"}': 0,
    });
    expect([...after.keys()]).toEqual(before);
  });

  test('those who ask at the same time share one answer', async () => {
    const answers: ((text: string) => void)[] = [];
    const source: MetricsSource = {
      contentType: 'text/plain',
      metrics: () => new Promise((resolve) => answers.push(resolve)),
    };
    const { ask } = await serve(express().all('/metrics', metrics(source)));
    let asked = 0;
    const app = express()
      .use((_request, _response, next) => {
        asked++;
        next();
      })
      .all('/metrics', metrics(source));
    const shared = await serve(app);
    const both = Promise.all([shared.ask('/metrics'), shared.ask('/metrics')]);
    await vi.waitFor(() => expect(asked).toBe(2));
    answers.shift()?.('the answer');
    expect((await both).map(({ text }) => text)).toEqual(['the answer', 'the answer']);
    const later = ask('/metrics');
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers.shift()?.('another');
    expect((await later).text).toBe('another');
  });
});
