import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type EventStreamOptions, openEventStream } from '../src/index.ts';
import { connected, frame, idOf, message, system } from './support/frames.ts';
import { recorded } from './support/open-stream.ts';
import { until } from './support/until.ts';

/** What the server does with one request. */
type Behaviour =
  | { readonly kind: 'refuse'; readonly status: number }
  | { readonly kind: 'break' }
  | {
      readonly kind: 'stream';
      /** Events of before the cursor that it sends again. */
      readonly repeats: number;
      readonly more: number;
      /** Where the answer is cut, as a share of its bytes; 1: not at all. */
      readonly cut: number;
      readonly chunk: number;
      readonly tears: boolean;
      readonly lineEnd: '\n' | '\r' | '\r\n';
      readonly stays: boolean;
    };

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('refuse' as const), status: fc.constantFrom(429, 500, 503) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('stream' as const),
      repeats: fc.integer({ min: 0, max: 4 }),
      more: fc.integer({ min: 0, max: 6 }),
      cut: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      chunk: fc.integer({ min: 1, max: 200 }),
      tears: fc.boolean(),
      lineEnd: fc.constantFrom('\n' as const, '\r' as const, '\r\n' as const),
      stays: fc.constant(false),
    }),
  },
);

const TOTAL = 25;

/** A log of 25 events, given out as the behaviours say, and whole to the request after the last of them. */
function server(behaviours: readonly Behaviour[]): typeof fetch {
  const rest = [...behaviours];
  return (_, init) => {
    const next: Behaviour = rest.shift() ?? {
      kind: 'stream',
      repeats: 0,
      more: TOTAL,
      cut: 1,
      chunk: 1_000,
      tears: false,
      lineEnd: '\n',
      stays: true,
    };
    if (next.kind === 'break') return Promise.reject(new TypeError('fetch failed'));
    if (next.kind === 'refuse') return Promise.resolve(new Response(null, { status: next.status }));
    const cursor = Number(/^e-(\d+)$/.exec(new Headers(init?.headers).get('Last-Event-ID') ?? 'e-0')?.[1]);
    const first = Math.max(1, cursor + 1 - next.repeats);
    const last = Math.min(TOTAL, cursor + next.more);
    const ids = Array.from({ length: Math.max(0, last - first + 1) }, (__, index) => first + index);
    const text = [
      frame({ retry: 250 }),
      connected({ resume: cursor === 0 ? 'new' : 'resumed' }, idOf(cursor)),
      ...ids.map((id) => message(id, { text: 'ünï…\u2028 😀' })),
      ': heartbeat\n\n',
      system('closing', { reason: 'max_age', resume_from: idOf(last) }),
    ].join('');
    const bytes = new TextEncoder().encode(text.replaceAll('\n', next.lineEnd));
    const sent = bytes.subarray(0, Math.floor(bytes.length * next.cut));
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at < sent.length) controller.enqueue(sent.slice(at, at + next.chunk));
        else if (next.stays) return;
        else if (next.tears) controller.error(new TypeError('terminated'));
        else controller.close();
        at += next.chunk;
      },
    });
    return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));
  };
}

async function received(behaviours: readonly Behaviour[], options: EventStreamOptions): Promise<unknown> {
  // The server asks for 250 ms, and the jitter adds to it: here no time passes.
  const stream = openEventStream('http://hub.example/stream', { fetch: server(behaviours), ...options });
  onTestFinished(() => stream.close());
  const { ids, told } = recorded(stream);
  stream.on('*', (_, { id }) => (options.maxPending === undefined ? undefined : Promise.resolve(id)));
  const skipWait = (): void => {
    if (stream.status.state === 'waiting') stream.reconnect();
  };
  stream.on('status', () => void setTimeout(skipWait));
  await until(() => stream.lastEventId === idOf(TOTAL), 1_000);
  stream.close();
  return {
    ids: ids(),
    gaps: told.gaps,
    anomalies: told.errors.filter(({ code }) => code === 'out_of_order'),
  };
}

const everything = {
  ids: Array.from({ length: TOTAL }, (_, index) => idOf(index + 1)),
  gaps: [],
  anomalies: [],
};

test('whatever a server does, each event is delivered once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(behaviour, { maxLength: 12 }),
      fc.constantFrom(undefined, 1, 2, 5),
      async (behaviours, maxPending) => {
        expect(await received(behaviours, { maxPending })).toEqual(everything);
      },
    ),
    { numRuns: 150, interruptAfterTimeLimit: 8_000, markInterruptAsFailure: true },
  );
});
