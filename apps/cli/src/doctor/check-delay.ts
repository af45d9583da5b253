import { randomUUID } from 'node:crypto';
import { postEvents } from '../post-events.ts';
import { type Finding, ok, problem, unknown, warning } from './finding.ts';
import type { Probe } from './probe.ts';

const SLOW_MS = 1_000;
const UNBUFFERED =
  'Something buffers. nginx: proxy_buffering off, proxy_http_version 1.1, and no gzip for text/event-stream; see docs/deployment.md.';

const ms = (value: number): string => `${Math.round(value)} ms`;

/** How soon the first event came: a hub writes one at once, too short to fill any buffer. */
export async function checkFirstEvent(probe: Probe, began: number, signal: AbortSignal): Promise<Finding> {
  const first = await probe.blocks.find(({ data }) => data !== undefined, signal);
  const accel = probe.headers['x-accel-buffering'];
  const hint = accel === undefined ? ' X-Accel-Buffering did not arrive: a proxy took it, or strips it.' : '';
  if (first === undefined) {
    const held =
      probe.blocks.bytes === 0 ? 'the head came, but no byte of the stream' : 'no whole event came';
    return problem('buffering', `${held} within ${ms(performance.now() - began)}`, UNBUFFERED + hint);
  }
  const found = `first event after ${ms(first.at - began)}, head after ${ms(probe.headMs)}`;
  if (first.at - began <= SLOW_MS) return ok('buffering', found);
  return warning('buffering', found, UNBUFFERED + hint);
}

export interface LiveOptions {
  readonly publishUrl: URL;
  readonly token: string | undefined;
  /** The topic that the probe asked for. */
  readonly topic: string;
  readonly signal: AbortSignal;
}

/** How late an event arrives that is published now. */
export async function checkLiveEvent(
  probe: Probe,
  { publishUrl, token, topic, signal }: LiveOptions,
): Promise<Finding> {
  if (token === undefined)
    return unknown('live event', 'not tried', 'Give a token that may publish the topic sse.doctor.');
  const mark = randomUUID();
  const began = performance.now();
  try {
    await postEvents(publishUrl, [JSON.stringify({ type: topic, mark })], { token, signal });
  } catch (error) {
    return unknown('live event', `could not be published: ${(error as Error).message}`);
  }
  const published = performance.now();
  const event = await probe.blocks.find(({ data }) => data?.includes(mark) === true, signal);
  if (event === undefined)
    return problem(
      'live event',
      `published, and not here after ${ms(performance.now() - published)}`,
      UNBUFFERED,
    );
  const found = `here ${ms(event.at - began)} after it was published`;
  return event.at - published > SLOW_MS ? problem('live event', found, UNBUFFERED) : ok('live event', found);
}
