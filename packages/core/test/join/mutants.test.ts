import { afterEach, describe, expect, test } from 'vitest';
import { Backlog } from '../../src/backlog.ts';
import type { EventId, LogPage } from '../../src/event-log.ts';
import { Group } from '../../src/group.ts';
import { MemoryEventLog } from '../../src/memory-event-log.ts';
import { Subscriber } from '../../src/subscriber.ts';
import { Window } from '../../src/window.ts';
import { runSchedule } from './schedule.ts';

let restore: (() => void) | undefined;

/** Breaks one method of the core; `original` is bound to the instance. */
function breaks<Method extends (...args: never[]) => unknown>(
  prototype: object,
  name: string,
  broken: (original: Method, args: Parameters<Method>) => ReturnType<Method>,
): () => void {
  return () => {
    const method = Reflect.get(prototype, name) as Method;
    Reflect.set(prototype, name, function (this: object, ...args: Parameters<Method>) {
      return broken(method.bind(this) as Method, args);
    });
    restore = () => void Reflect.set(prototype, name, method);
  };
}

type PositionAfter = (id: EventId) => number | undefined;

const mutants: Readonly<Record<string, () => void>> = {
  'the window begins one entry late': breaks<PositionAfter>(
    Window.prototype,
    'positionAfter',
    (original, [id]) => {
      const position = original(id);
      return position === undefined ? undefined : position + 1;
    },
  ),
  // Not each time: where a page is one entry, it would go on for ever.
  'the window sometimes begins one entry early': (() => {
    let calls = 0;
    return breaks<PositionAfter>(Window.prototype, 'positionAfter', (original, [id]) => {
      const position = original(id);
      return position === undefined || ++calls % 5 > 0 ? position : position - 1;
    });
  })(),
  'the log hides its gaps': breaks<(after: EventId, limit: number) => Promise<LogPage>>(
    MemoryEventLog.prototype,
    'read',
    async (original, args) => ({ kind: 'page', entries: (await original(...args)).entries }),
  ),
  'a log that lost entries is followed without a word': breaks<Group['deliver']>(
    Group.prototype,
    'deliver',
    (original, [frames, now]) =>
      frames.some(({ bytes }) => new TextDecoder().decode(bytes).includes('"reason":"trimmed"'))
        ? 0
        : original(frames, now),
  ),
  'an overflow is not told': breaks<Subscriber['writeGap']>(
    Subscriber.prototype,
    'writeGap',
    (original, args) => {
      if (args[0] !== 'overflow') original(...args);
    },
  ),
  'a backlog gives its first frame twice': (() => {
    let last: ReturnType<Backlog['takeOldest']>;
    return breaks<Backlog['takeOldest']>(Backlog.prototype, 'takeOldest', (original) => {
      const again = last;
      last = again === undefined ? original() : undefined;
      return again ?? last;
    });
  })(),
  'a backlog forgets its newest frame': breaks<Backlog['take']>(Backlog.prototype, 'take', (original, args) =>
    original(...args).slice(0, -1),
  ),
  'a group delivers in reverse': breaks<Group['deliver']>(
    Group.prototype,
    'deliver',
    (original, [frames, now]) => original([...frames].reverse(), now),
  ),
  'a joiner is attached a turn too late': breaks<Subscriber['attach']>(
    Subscriber.prototype,
    'attach',
    (original, [writable]) => void Promise.resolve().then(() => setImmediate(() => original(writable))),
  ),
};

describe('the judge of the join catches a core in which', () => {
  afterEach(() => {
    restore?.();
  });

  for (const [fault, breakIt] of Object.entries(mutants)) {
    test(fault, async () => {
      breakIt();
      let caught = false;
      for (let seed = 1; seed <= 400 && !caught; seed++) caught = (await runSchedule(seed)).faults.length > 0;
      expect(caught).toBe(true);
    });
  }
});
