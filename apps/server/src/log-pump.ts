import { type LogEvent, logEventOfRecord } from './log-event.ts';
import type { LogRecord } from './logger.ts';
import type { ProducedEvent } from './publisher.ts';

export interface LogPumpOptions {
  /** Publishes an event and answers whether it could. */
  readonly send: (event: ProducedEvent) => Promise<boolean>;
  /** A monotonic clock, milliseconds. */
  readonly elapsed: () => number;
  /** Lines a second that are published in the long run. @defaultValue 50 */
  readonly perSecond?: number | undefined;
  /** Lines that are published at once after a quiet time. @defaultValue 100 */
  readonly burst?: number | undefined;
  /** Lines that wait while one is being published. @defaultValue 256 */
  readonly capacity?: number | undefined;
}

/** Publishes the server's own log lines, in order, one at a time. */
export interface LogPump {
  /** Takes a line. One too many is dropped; how many were is said before the next one that is published. */
  push(record: LogRecord): void;
  readonly droppedLines: number;
}

const DEFAULTS = Object.freeze({ perSecond: 50, burst: 100, capacity: 256 });

/**
 * The rate is bounded, as every line goes to every client: ten thousand clients that connect at once must not make a
 * hundred million frames, and a line that somehow brings forth another one must not make a loop at full speed.
 */
export function createLogPump(options: LogPumpOptions): LogPump {
  const { send, elapsed } = options;
  const perSecond = options.perSecond ?? DEFAULTS.perSecond;
  const burst = options.burst ?? DEFAULTS.burst;
  const capacity = options.capacity ?? DEFAULTS.capacity;
  const waiting: LogEvent[] = [];
  let isSending = false;
  let droppedLines = 0;
  let unsaidDrops = 0;
  let allowance = burst;
  let refilledAt = elapsed();

  function isAllowed(): boolean {
    const now = elapsed();
    allowance = Math.min(burst, allowance + ((now - refilledAt) * perSecond) / 1_000);
    refilledAt = now;
    if (allowance < 1 || waiting.length >= capacity) return false;
    allowance--;
    return true;
  }

  async function sendWaiting(): Promise<void> {
    if (isSending) return;
    isSending = true;
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift())
      await send({ topic: 'log', data: event });
    isSending = false;
  }

  return {
    push(record) {
      if (!isAllowed()) {
        droppedLines++;
        unsaidDrops++;
        return;
      }
      const now = new Date().toISOString();
      if (unsaidDrops > 0) {
        const notice = { level: 'warn', msg: 'log lines were not published', count: unsaidDrops };
        waiting.push(logEventOfRecord(notice, 'server', now));
        unsaidDrops = 0;
      }
      waiting.push(logEventOfRecord(record, 'server', now));
      void sendWaiting();
    },
    get droppedLines() {
      return droppedLines;
    },
  };
}
