import { setTimeout as delay } from 'node:timers/promises';
import { type Finding, ok, problem, unknown, warning } from './finding.ts';
import type { Probe } from './probe.ts';

/** The shortest idle timeout that is common among proxies: 60 s, of nginx and AWS; Heroku's is 55 s. */
const SHORTEST_COMMON_MS = 55_000;

/** What a busy machine or line may add. */
const SLACK_MS = 1_000;

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

/** Whether heartbeats come often enough for proxies as they usually are. */
export function checkHeartbeat(heartbeatMs: number | undefined): Finding {
  if (heartbeatMs === undefined) return unknown('heartbeat', 'the server did not say how often');
  const found = `every ${seconds(heartbeatMs)}`;
  if (heartbeatMs < SHORTEST_COMMON_MS) return ok('heartbeat', found);
  return warning(
    'heartbeat',
    found,
    'Many proxies end a connection after 60 s of silence: set HEARTBEAT_INTERVAL to 30 or less.',
  );
}

export interface IdleOptions {
  readonly waitMs: number;
  readonly heartbeatMs: number | undefined;
  readonly signal: AbortSignal;
}

/** Whether the connection stays for `waitMs`, and bytes come as often as the server promised. */
export async function checkIdle(
  { blocks, over }: Probe,
  { waitMs, heartbeatMs = Number.POSITIVE_INFINITY, signal }: IdleOptions,
): Promise<Finding> {
  if (waitMs === 0)
    return unknown(
      'idle timeout',
      'not looked at',
      'Try --wait 2m: it shows whether something cuts quiet streams.',
    );
  const began = performance.now();
  const stay = new AbortController();
  const end = await Promise.race([
    over.then(() => 'cut' as const),
    delay(waitMs, 'stayed' as const, { signal: AbortSignal.any([signal, stay.signal]) }),
  ]);
  stay.abort();
  const silence = performance.now() - (blocks.lastByteAt ?? began);
  if (end === 'cut')
    return problem(
      'idle timeout',
      `the connection was cut after ${seconds(performance.now() - began)}, and ${seconds(silence)} of silence`,
      'Raise the read timeout of the proxy, or set HEARTBEAT_INTERVAL below it.',
    );
  const longest = Math.max(silence, blocks.longestSilenceMs);
  if (longest > heartbeatMs * 2 + SLACK_MS)
    return problem(
      'idle timeout',
      `it stayed, but was silent for ${seconds(longest)} with heartbeats every ${seconds(heartbeatMs)}`,
      'Something holds heartbeats back: see buffering.',
    );
  return ok('idle timeout', `stayed open for ${seconds(waitMs)}, at most ${seconds(longest)} silent`);
}
