import { context, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { type Broadcaster, MemoryEventLog, type NewEvent } from '@sse/core';
import { FakeSink } from '@sse/core/testing';
import express from 'express';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { router } from '../src/router.ts';
import { isTracing, traced } from '../src/tracing.ts';
import { brokenLog, testBroadcaster } from './broadcaster.ts';
import { openStream } from './raw-connection.ts';
import { serve } from './serve.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const OTHER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

interface Tracing {
  readonly broadcaster: Broadcaster;
  readonly published: readonly NewEvent[];
  readonly tracer: Tracer;
  spans(): readonly ReadableSpan[];
}

function tracing(options: Parameters<typeof testBroadcaster>[0] = {}): Tracing {
  const published: NewEvent[] = [];
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  onTestFinished(() => provider.shutdown());
  const tracer = provider.getTracer('test');
  const broadcaster = testBroadcaster({
    ...options,
    hooks: { onPublish: (events) => published.push(...events), onError: () => undefined },
  });
  return {
    broadcaster: traced(broadcaster, { tracer }),
    published,
    tracer,
    spans: () => exporter.getFinishedSpans(),
  };
}

const traceparentOf = (span: ReadableSpan | undefined): string =>
  `00-${span?.spanContext().traceId}-${span?.spanContext().spanId}-01`;

afterEach(() => {
  context.disable();
  trace.disable();
});

describe('publish', () => {
  test('is a producer span, whose traceparent its events carry', async () => {
    const { broadcaster, published, spans } = tracing();
    const [id] = await broadcaster.publish('orders.eu', { id: 7 });
    const [span] = spans();
    expect(spans()).toHaveLength(1);
    expect(span).toMatchObject({ name: 'sse publish', kind: 3, parentSpanContext: undefined });
    expect(span?.attributes).toEqual({
      'messaging.system': 'sse',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': 1,
      'messaging.destination.name': 'orders.eu',
      'messaging.message.id': id,
    });
    expect(published).toEqual([
      { topic: 'orders.eu', data: '{"type":"orders.eu","id":7}', traceparent: traceparentOf(span) },
    ]);
  });

  test('belongs to the traceparent of its first event, and links to the others', async () => {
    const { broadcaster, published, spans } = tracing();
    const traces = [TRACEPARENT, OTHER, TRACEPARENT, undefined];
    await broadcaster.publish(traces.map((traceparent, n) => ({ topic: `t.${n}`, data: n, traceparent })));
    const [span] = spans();
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID, isRemote: true });
    expect(span?.links.map((link) => link.context.spanId)).toEqual(['b7ad6b7169203331']);
    expect(span?.attributes['messaging.destination.name']).toBe(undefined);
    expect(published.map(({ traceparent }) => traceparent)).toEqual(Array(4).fill(traceparentOf(span)));
  });

  test('belongs to the active span where there is one, links to what its event came with, and is active itself', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const active: (string | undefined)[] = [];
    class WatchedLog extends MemoryEventLog {
      override append(events: readonly NewEvent[]): Promise<readonly string[]> {
        active.push(trace.getActiveSpan()?.spanContext().spanId);
        return super.append(events);
      }
    }
    const { broadcaster, spans, tracer } = tracing({ log: new WatchedLog() });
    await tracer.startActiveSpan('request', async (request) => {
      await broadcaster.publish({ topic: 'a', data: 1, traceparent: TRACEPARENT });
      request.end();
    });
    const [span, request] = spans();
    expect(span?.parentSpanContext).toEqual(request?.spanContext());
    expect(span?.links.map((link) => link.context.spanId)).toEqual([SPAN_ID]);
    expect(active).toEqual([span?.spanContext().spanId]);
  });

  test('that fails has a span that says why, with nothing of what was refused', async () => {
    const { broadcaster, spans } = tracing();
    const topic = 'x'.repeat(10_000);
    await expect(broadcaster.publish(topic, 1)).rejects.toMatchObject({ code: 'invalid-topic' });
    expect(spans()[0]).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'invalid-topic' } });
    expect(JSON.stringify(spans()[0]?.attributes)).not.toContain(topic);
  });

  test('keeps the traceparent that its events came with where there is no provider', async () => {
    const published: NewEvent[] = [];
    const plain = testBroadcaster({ hooks: { onPublish: (events) => published.push(...events) } });
    const broadcaster = traced(plain);
    await broadcaster.publish({ topic: 'a', data: 1, traceparent: TRACEPARENT });
    await broadcaster.publish('a', 1);
    expect(published.map(({ traceparent }) => traceparent)).toEqual([TRACEPARENT, undefined]);
  });
});

describe('subscribe', () => {
  test('is a consumer span, which ends when the stream is open', async () => {
    const { broadcaster, spans } = tracing();
    await broadcaster.subscribe({ topics: ['a.*'], lastEventId: 'x-1', open: () => new FakeSink() });
    expect(spans()[0]).toMatchObject({ name: 'sse subscribe', kind: 4, status: { code: 0 } });
    expect(spans()[0]?.attributes).toMatchObject({ 'sse.topics': ['a.*'], 'sse.has_cursor': true });
    expect(broadcaster.size).toBe(1);
  });

  test('that is refused has a span that says why', async () => {
    const { broadcaster, spans } = tracing({ log: brokenLog(), logTimeoutMs: 50 });
    const refused = broadcaster.subscribe({ open: () => new FakeSink() });
    await expect(refused).rejects.toMatchObject({ code: 'log-unavailable' });
    expect(spans()[0]).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': 'log-unavailable' },
    });
  });
});

test('a trace goes from the request of a publisher to the stream, through the routes', async () => {
  const { broadcaster, spans } = tracing();
  const { port, ask } = await serve(express().use(router(broadcaster, { publish: { authorize: 'anyone' } })));
  const stream = await openStream(port);
  const headers = { 'content-type': 'application/json', traceparent: TRACEPARENT };
  expect((await ask('/events', { method: 'POST', headers, body: '{"type":"a"}' })).status).toBe(202);
  await stream.has('event: data\n');
  const span = spans().find(({ name }) => name === 'sse publish');
  expect(span?.spanContext().traceId).toBe(TRACE_ID);
  expect(span?.parentSpanContext?.spanId).toBe(SPAN_ID);
  expect(stream.text).toContain(`: traceparent ${traceparentOf(span)}\nevent: data\n`);
  expect((await ask('/health')).json).toMatchObject({ connected_clients: 1 });
});

test('a request for the head alone is no failure of a stream', async () => {
  const { broadcaster, spans } = tracing();
  const { ask } = await serve(express().use(router(broadcaster)));
  expect((await ask('/stream', { method: 'HEAD' })).status).toBe(200);
  expect(spans()[0]).toMatchObject({ name: 'sse subscribe', status: { code: 0 } });
});

test('tracing is on once a provider has been registered', () => {
  expect(isTracing()).toBe(false);
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  expect(isTracing()).toBe(true);
});
