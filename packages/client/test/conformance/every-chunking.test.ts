import { describe, expect, it } from 'vitest';
import { FetchEventSource } from '../../src/event-source.ts';
import type { ConformanceCase, ExpectedEvent } from './case.ts';
import { CASES } from './cases.ts';

/** One answer, nothing done by the client, and short enough to be cut everywhere. */
const PARSED = CASES.filter(
  ({ server, client, expected }) =>
    server.length === 1 &&
    client === undefined &&
    expected.events !== undefined &&
    bytesOf(server[0]).length <= 400,
).filter(({ server }) => server[0]?.status === undefined && bytesOf(server[0]).length > 0);

function bytesOf(answer: ConformanceCase['server'][number] | undefined): string {
  return (answer?.body ?? []).filter((step) => typeof step === 'string').join('');
}

/**
 * The events of a stream in exactly these chunks. No socket joins them, and nothing is waited for: a client that asks
 * for more than there is has dealt with all that there was.
 */
async function eventsOf(
  chunks: readonly string[],
  { server, expected }: ConformanceCase,
): Promise<readonly ExpectedEvent[]> {
  const left = chunks
    .filter((chunk) => chunk !== '')
    .map((chunk) => Uint8Array.from(chunk, (byte) => byte.charCodeAt(0)));
  const events: ExpectedEvent[] = [];
  let allRead = () => {};
  const read = new Promise<void>((done) => {
    allRead = done;
  });
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = left.shift();
        if (chunk === undefined) return allRead();
        controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'Content-Type': server[0]?.contentType ?? 'text/event-stream' };
  const source = new FetchEventSource('http://localhost/', {
    fetch: async () => new Response(body, { headers }),
  });
  for (const type of new Set(['message', ...(expected.events ?? []).map(({ type = 'message' }) => type)]))
    source.addEventListener(type, (event) => {
      if (!(event instanceof MessageEvent)) return;
      events.push({ type: event.type, data: event.data, lastEventId: event.lastEventId });
    });
  await read;
  source.close();
  return events;
}

describe('FetchEventSource reads a stream the same', () => {
  const normal = ({ type = 'message', data, lastEventId = '' }: ExpectedEvent) => ({
    type,
    data,
    lastEventId,
  });

  it.for(PARSED)('whole, byte by byte and cut at every position: $id', async (one) => {
    const bytes = bytesOf(one.server[0]);
    const expected = (one.expected.events ?? []).map(normal);
    const cuts = Array.from(bytes, (_, at) => [bytes.slice(0, at), bytes.slice(at)]);
    // In three as well, where the middle one is a single byte.
    const bytesAlone = Array.from(bytes, (byte, at) => [bytes.slice(0, at), byte, bytes.slice(at + 1)]);
    for (const chunks of [[bytes], Array.from(bytes), ...cuts, ...bytesAlone])
      expect({ chunks, events: await eventsOf(chunks, one) }).toEqual({ chunks, events: expected });
  });
});
