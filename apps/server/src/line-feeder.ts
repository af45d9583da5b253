import { setTimeout as wait } from 'node:timers/promises';
import { type LogSource, logEventOfLine } from './log-event.ts';
import type { ProducedEvent } from './publisher.ts';

export interface LineFeederOptions {
  readonly source: LogSource;
  readonly signal: AbortSignal;
  /** Publishes an event and answers whether it could. */
  readonly send: (event: ProducedEvent) => Promise<boolean>;
  /** Time before a line that could not be published is tried again. @defaultValue 1_000 */
  readonly retryMs?: number | undefined;
}

const MAX_ATTEMPTS = 3;
const DEFAULT_RETRY_MS = 1_000;

/**
 * Publishes lines as log events, in order, and takes the next one only then, so that a flood waits where it comes from.
 * A line that cannot be published three times is left out: it may be the line's own fault.
 *
 * Ends with the lines, or when `signal` aborts. @throws What the lines throw.
 */
export async function feedLines(lines: AsyncIterable<string>, options: LineFeederOptions): Promise<void> {
  const { source, signal, send, retryMs = DEFAULT_RETRY_MS } = options;
  for await (const line of lines) {
    const event = logEventOfLine(line, source, new Date().toISOString());
    if (event === undefined) continue;
    for (let attempt = 1; !(await send({ topic: 'log', data: event })); attempt++) {
      if (attempt === MAX_ATTEMPTS) break;
      await wait(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }
}
