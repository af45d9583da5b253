import { openEventStream } from '@sse/client';
import { afterAll, expect, test } from 'vitest';
import { publishOk } from './support/http.ts';
import { eventually, killServers, type ServerProcess, startServer } from './support/server-process.ts';
import { openStream } from './support/sse-reader.ts';

afterAll(killServers);

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const SDK = new URL('./support/tracing.mjs', import.meta.url).href;

interface ShownSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly parentSpanContext?: { readonly spanId: string };
  readonly spanContext: { readonly traceId: string; readonly spanId: string };
}

const spansOf = ({ stderr }: ServerProcess): readonly ShownSpan[] =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as ShownSpan);

/** The `traceparent` of a message that is published with this one, as `@sse/client` shows it. */
async function carried(server: ServerProcess, traceparent: string): Promise<string | undefined> {
  const stream = openEventStream(`${server.url}/stream`);
  const messages = stream.messages('orders.eu');
  await eventually(() => expect(stream.status.clientId).toBeDefined());
  await publishOk(server, { type: 'orders.eu' }, { traceparent });
  const { value } = await messages.next();
  stream.close();
  return value?.traceparent;
}

test('without an SDK the traceparent of a publish goes to the subscriber as it came, live and on replay', async () => {
  const server = await startServer();
  expect(await carried(server, TRACEPARENT)).toBe(TRACEPARENT);
  expect(await carried(server, 'nonsense')).toBe(undefined);
  const reader = await openStream(`${server.url}/stream?last_event_id=other-1`);
  await eventually(() => expect(JSON.stringify(reader.blocks)).toContain(`traceparent ${TRACEPARENT}`));
});

test('with an SDK preloaded a publish is a span of the publisher’s trace, which subscribers go on with', async () => {
  const server = await startServer({ env: { NODE_OPTIONS: `--import ${SDK}` } });
  const traceparent = await carried(server, TRACEPARENT);
  const published = await eventually(() => {
    const span = spansOf(server).find(({ name }) => name === 'sse publish');
    if (span === undefined) throw new Error('no span of the publish');
    return span;
  });
  const { spanContext, parentSpanContext, attributes } = published;
  expect(traceparent).toBe(`00-${TRACE_ID}-${spanContext.spanId}-01`);
  expect([spanContext.traceId, parentSpanContext?.spanId]).toEqual([TRACE_ID, '00f067aa0ba902b7']);
  expect(attributes['messaging.destination.name']).toBe('orders.eu');
  expect(spansOf(server).map(({ name }) => name)).toContain('sse subscribe');
});
