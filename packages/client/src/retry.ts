/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** What a server may ask for by `retry`: neither a hot loop nor a stream that is gone for an hour. */
const MIN_SERVER_RETRY_MS = 250;
const MAX_SERVER_RETRY_MS = 60_000;
/** Share of what a server asks for over which its clients are spread at least. */
const MIN_SPREAD = 0.2;
/** Answers that may be another one later. Every other status stays as it is, however often it is asked. */
const PASSING = new Set([408, 425, 429]);

/** Whether an answer of this status may become 200 by itself. `undefined`: the status is not known. */
export function isPassing(status: number | undefined): boolean {
  return status === undefined || status >= 500 || PASSING.has(status);
}

/** `Retry-After` (RFC 9110, 10.2.3) in milliseconds from `now`: seconds or a date; 0 for anything else or the past. */
export function retryAfterMs(value: string | null | undefined, now: number): number {
  if (value == null) return 0;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return ms > 0 ? Math.min(ms, MAX_TIMER_MS) : 0;
}

export interface Backoff {
  /** Failures since the connection was last healthy, at least 1. */
  readonly failures: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** The server's `retry`. */
  readonly serverRetryMs?: number | undefined;
  /** The server's `Retry-After`. */
  readonly retryAfterMs?: number;
  /** A number from 0 to 1. */
  readonly random: number;
}

/**
 * The wait before the next attempt: full jitter over a range that doubles with each failure up to `maxDelayMs`, and
 * begins at what the server asked for.
 */
export function backoffMs(backoff: Backoff): number {
  const { failures, minDelayMs, maxDelayMs, serverRetryMs, random } = backoff;
  const asked =
    serverRetryMs === undefined
      ? 0
      : Math.min(Math.max(serverRetryMs, MIN_SERVER_RETRY_MS), MAX_SERVER_RETRY_MS);
  const ceiling = Math.min(maxDelayMs, Math.max(asked, minDelayMs) * 2 ** (failures - 1));
  const floor = Math.max(asked, backoff.retryAfterMs ?? 0);
  // Also where a server asks all for the same time, they must not all come in the same moment.
  const range = Math.max(ceiling - asked, asked * MIN_SPREAD);
  return Math.min(Math.round(floor + random * range), MAX_TIMER_MS);
}
