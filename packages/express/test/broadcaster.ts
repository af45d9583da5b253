import { Broadcaster, type BroadcasterOptions, type EventLog, MemoryEventLog } from '@sse/core';
import { onTestFinished } from 'vitest';

/** A broadcaster that is closed when the test is over. */
export function testBroadcaster(options: BroadcasterOptions = {}): Broadcaster {
  const broadcaster = new Broadcaster({ lingerMs: 100, ...options });
  onTestFinished(() => broadcaster.close());
  return broadcaster;
}

/** A log that is down: it answers nothing but errors. */
export function brokenLog(): EventLog {
  const fail = (): Promise<never> => Promise.reject(new Error('secret-host:6379 refused'));
  const log = new MemoryEventLog();
  return {
    append: fail,
    read: fail,
    stats: fail,
    tail: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
    compare: (a, b) => log.compare(a, b),
    parseId: (text) => log.parseId(text),
    close: () => log.close(),
  };
}
