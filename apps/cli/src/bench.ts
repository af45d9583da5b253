import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStream } from '@sse/client';
import type { Command } from 'commander';
import { duration, tokenOption, wholeNumber } from './arguments.ts';
import { besideUrl, endpointUrl } from './endpoint-url.ts';
import { Failure } from './failure.ts';
import { type LatencySummary, latencySummary } from './latency-summary.ts';
import { postEvents } from './post-events.ts';
import type { Terminal } from './terminal.ts';

interface BenchOptions {
  readonly streams: number;
  readonly rate: number;
  readonly duration: number;
  readonly topic: string;
  readonly publishUrl?: string;
  readonly json?: boolean;
  readonly token?: string;
}

/** What a run found. */
interface BenchResult extends LatencySummary {
  readonly streams: number;
  readonly published: number;
  readonly expected: number;
  readonly received: number;
}

const OPEN_TIMEOUT_MS = 30_000;
/** What has not come so long after the last was published counts as missing. */
const LATE_MS = 5_000;

const HELP = `
Opens streams, publishes to them at a steady rate, and prints how late the events came, from before the request until the
handler. Everything runs in one process: a first impression, not a load test. Exit code 1 where something is missing.

  $ sse bench localhost:8000 --token "$PUBLISH_TOKEN"
  $ sse bench https://events.example.com --streams 500 --rate 20 --duration 30s --json`;

export function addBench(program: Command, terminal: Terminal): void {
  program
    .command('bench')
    .description('put a light load on a hub and print latencies')
    .argument('<url>', 'the hub, or the full address of a stream')
    .option('--streams <number>', 'streams', wholeNumber(1, 10_000), 50)
    .option('--rate <number>', 'events published a second', wholeNumber(1, 1_000), 20)
    .option('--duration <time>', 'how long it publishes', duration, 5)
    .option('--topic <topic>', 'of the events', 'sse.bench')
    .option('--publish-url <url>', 'where events are taken (default: /events beside the stream)')
    .option('--json', 'one JSON object instead of a table')
    .addOption(tokenOption())
    .addHelpText('after', HELP)
    .action((url: string, options: BenchOptions) => bench(endpointUrl(url, '/stream'), options, terminal));
}

async function bench(url: URL, options: BenchOptions, terminal: Terminal): Promise<void> {
  const { streams: count, rate, topic, token } = options;
  const events = rate * options.duration;
  const target =
    options.publishUrl === undefined ? besideUrl(url, 'events') : endpointUrl(options.publishUrl, '/events');
  const ending = new AbortController();
  const signal = AbortSignal.any([terminal.signal, ending.signal]);
  // Each stream listens to it; Node would take so many for a leak.
  setMaxListeners(0, signal);
  const latencies: number[] = [];
  const streams = Array.from({ length: count }, () => {
    const stream = new EventStream(url, {
      topics: [topic],
      clientName: 'sse-bench',
      token: token === undefined ? undefined : () => token,
      signal,
    });
    stream.on('*', (data) => {
      const { sent } = data as { sent?: number };
      if (typeof sent === 'number') latencies.push(performance.now() - sent);
    });
    return stream;
  });
  try {
    terminal.progress(`opening ${count} streams`);
    await allOpen(streams, signal);
    const start = performance.now();
    const posts: Promise<unknown>[] = [];
    for (let index = 0; index < events && !signal.aborted; index += 1) {
      await delay(Math.max(0, start + (index * 1_000) / rate - performance.now()), undefined, { signal });
      const event = JSON.stringify({ type: topic, index, sent: performance.now() });
      const post = postEvents(target, [event], { token, signal });
      // A first one that is refused ends the run; what happens to others is looked at after the last.
      if (index === 0) await post;
      post.catch(() => undefined);
      posts.push(post);
      terminal.progress(`published ${index + 1} of ${events}, received ${latencies.length}`);
    }
    await Promise.all(posts);
    const deadline = performance.now() + LATE_MS;
    while (latencies.length < events * count && performance.now() < deadline)
      await delay(20, undefined, { signal });
  } finally {
    terminal.progress('');
    ending.abort();
  }
  await report(
    {
      streams: count,
      published: events,
      expected: events * count,
      received: latencies.length,
      ...latencySummary(latencies),
    },
    options,
    terminal,
  );
}

async function allOpen(streams: readonly EventStream[], signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + OPEN_TIMEOUT_MS;
  for (const stream of streams)
    while (stream.status.state !== 'open' || stream.status.clientId === undefined) {
      const { state, httpStatus } = stream.status;
      if (state === 'closed' || performance.now() > deadline)
        throw new Failure(`a stream did not open${httpStatus === undefined ? '' : `: status ${httpStatus}`}`);
      await delay(10, undefined, { signal });
    }
}

async function report(result: BenchResult, { json }: BenchOptions, { print, say }: Terminal): Promise<void> {
  const rows = Object.entries(result);
  if (json) await print(JSON.stringify(result));
  else for (const [name, value] of rows) await print(`${name.padEnd(10)} ${value}`);
  if (result.received >= result.expected) return;
  say(`sse: ${result.expected - result.received} of ${result.expected} events did not come`);
  throw new Failure('events are missing', { isTold: true });
}
