import type { NewEvent } from '@sse/core';
import { RedisEventLog } from '@sse/redis';
import { createClient } from 'redis';
import { EVENT_BYTES, eventMaker, eventText, FIRST_NUMBER } from '../bench-event.ts';
import { nowMicros } from '../clock.ts';
import { Histogram } from '../load/histogram.ts';
import { startRedis } from './redis-server.ts';

/** Events that are under way to Redis and back at the same time. */
const AT_ONCE = 100;
/** Time between events where latency is measured. */
const EVERY_MS = 5;
const HISTORY = 10_000;

const make = eventMaker(EVENT_BYTES);
const STAMP = /"n":(\d+),"t":(\d+)/;

/** One way to Redis and back: writes an event, and tells of each that came back. */
interface Way {
  append(event: NewEvent): Promise<unknown>;
  onData: (data: string) => void;
}

/** Publish to delivered over Redis on this machine: events a second at a hundred at once, and latency at a low rate. */
export async function throughRedis(subject: string, ms: number): Promise<Record<string, number>> {
  const url = await startRedis();
  const way = subject === 'bare redis' ? await bareWay(url) : ourWay(url);
  const latency = new Histogram();
  let sent = 0;
  let came = 0;
  let disordered = 0;
  let last = -1;
  way.onData = (data) => {
    const [, n = 0, t = 0] = STAMP.exec(data)?.map(Number) ?? [];
    if (n <= last) disordered++;
    last = n;
    came++;
    latency.add(nowMicros() - t);
  };
  const publish = async (): Promise<void> => {
    const data = eventText(make(FIRST_NUMBER + sent++, nowMicros()));
    await way.append({ topic: 'bench', data });
  };
  // What was written before the reader was there does not come back.
  await arrive(() => came > 0, publish);
  await arrive(() => last === FIRST_NUMBER + sent - 1);
  const early = sent - came;
  const isThere = (): boolean => came === sent - early;

  const startedAt = performance.now();
  const cameBefore = came;
  const worker = async (): Promise<void> => {
    while (performance.now() - startedAt < ms) await publish();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await arrive(isThere);
  const throughput = (1_000 * (came - cameBefore)) / (performance.now() - startedAt);

  latency.clear();
  const pacedAt = performance.now();
  for (let tick = 1; performance.now() - pacedAt < ms; tick++) {
    await publish();
    await new Promise((resolve) => setTimeout(resolve, pacedAt + tick * EVERY_MS - performance.now()));
  }
  await arrive(isThere);
  return {
    throughput,
    p50: latency.quantile(0.5) / 1_000,
    p99: latency.quantile(0.99) / 1_000,
    lost: sent - early - came,
    disordered,
  };
}

/** Waits until something is true, at most ten seconds; does something each time that it is not. */
async function arrive(
  isThere: () => boolean,
  again: () => Promise<void> = async () => undefined,
): Promise<void> {
  for (const until = performance.now() + 10_000; !isThere() && performance.now() < until; ) {
    await again();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function ourWay(url: string): Way {
  const log = new RedisEventLog({ client: createClient({ url }), maxEntries: HISTORY });
  const way: Way = { append: (event) => log.append([event]), onData: () => undefined };
  void (async () => {
    for await (const { entries } of log.tail(new AbortController().signal))
      for (const { data } of entries) way.onData(data);
  })();
  return way;
}

/** A stream, XADD on one connection and a blocking XREAD on another: the least that one can do. */
async function bareWay(url: string): Promise<Way> {
  // Answers as lists, not as maps.
  const writer = createClient({ url, RESP: 2 });
  const reader = createClient({ url, RESP: 2 });
  await Promise.all([writer.connect(), reader.connect()]);
  const limit = ['MAXLEN', '~', String(HISTORY)];
  const way: Way = {
    append: ({ data }) => writer.sendCommand(['XADD', 'bench', ...limit, '*', 'd', data]),
    onData: () => undefined,
  };
  void (async () => {
    for (let cursor = '0'; ; ) {
      const answer = await reader.sendCommand<
        readonly [string, readonly [string, readonly string[]][]][] | null
      >(['XREAD', 'COUNT', '1000', 'BLOCK', '5000', 'STREAMS', 'bench', cursor]);
      for (const [id, fields] of answer?.[0]?.[1] ?? []) {
        cursor = id;
        way.onData(fields[1] ?? '');
      }
    }
  })();
  return way;
}
