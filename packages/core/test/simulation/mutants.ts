import { Backlog } from '../../src/backlog.ts';
import { Group } from '../../src/group.ts';
import type { EventLog, NewEvent, TailBatch } from '../../src/index.ts';
import { Subscriber } from '../../src/subscriber.ts';
import { Window } from '../../src/window.ts';
import type { Changes } from './world.ts';

/** Something done wrong: breaks what it breaks, and answers how a world is to be changed and how to mend it. */
export type Mutant = () => { readonly changes: Changes; mend(): void };

/** Breaks one method of the core; `original` is bound to the instance. */
function inCore<Method extends (...args: never[]) => unknown>(
  prototype: object,
  name: string,
  broken: (original: Method, args: Parameters<Method>, self: object) => ReturnType<Method>,
): Mutant {
  return () => {
    const method = Reflect.get(prototype, name) as Method;
    Reflect.set(prototype, name, function (this: object, ...args: Parameters<Method>) {
      return broken(method.bind(this) as Method, args, this);
    });
    return { changes: {}, mend: () => void Reflect.set(prototype, name, method) };
  };
}

/** Breaks how every server uses its log. */
function inLog(broken: (log: EventLog) => Partial<EventLog>): Mutant {
  const log = (whole: EventLog): EventLog => {
    const parts = broken(whole);
    return new Proxy(whole, {
      get: (target, name) => {
        const own = parts[name as keyof EventLog];
        if (own !== undefined) return own;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return () => ({ changes: { log }, mend: () => undefined });
}

async function* each(
  tail: AsyncIterable<TailBatch>,
  change: (batch: TailBatch) => TailBatch,
): AsyncGenerator<TailBatch> {
  for await (const batch of tail) yield change(batch);
}

/** Opens the tail again where it breaks, and says nothing. */
async function* patient(log: EventLog, signal: AbortSignal): AsyncGenerator<TailBatch> {
  while (!signal.aborted) {
    try {
      yield* log.tail(signal);
    } catch {
      // As if nothing could have come in between.
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const says = (bytes: Uint8Array, text: string): boolean => new TextDecoder().decode(bytes).includes(text);

export const mutants: Readonly<Record<string, Mutant>> = {
  'the window begins one entry late': inCore<Window['positionAfter']>(
    Window.prototype,
    'positionAfter',
    (original, [id]) => {
      const position = original(id);
      return position === undefined ? undefined : position + 1;
    },
  ),
  'the window forgets an entry now and then': (() => {
    let calls = 0;
    return inCore<Window['push']>(Window.prototype, 'push', (original, args) => {
      if (++calls % 50 > 0) original(...args);
    });
  })(),
  'a loss of the log is not told': inCore<Group['deliver']>(
    Group.prototype,
    'deliver',
    (original, [frames, now]) =>
      original(
        frames.filter(({ bytes }) => !says(bytes, '"reason":"trimmed"')),
        now,
      ),
  ),
  'an overflow is not told': inCore<Subscriber['writeGap']>(
    Subscriber.prototype,
    'writeGap',
    (original, args) => {
      if (args[0] !== 'overflow') original(...args);
    },
  ),
  'every gap is told twice': inCore<Subscriber['writeGap']>(
    Subscriber.prototype,
    'writeGap',
    (original, args) => {
      original(...args);
      original(...args);
    },
  ),
  'a backlog gives its first frame twice': (() => {
    let last: ReturnType<Backlog['takeOldest']>;
    return inCore<Backlog['takeOldest']>(Backlog.prototype, 'takeOldest', (original) => {
      const again = last;
      last = again === undefined ? original() : undefined;
      return again ?? last;
    });
  })(),
  'a backlog forgets its newest frame': inCore<Backlog['take']>(Backlog.prototype, 'take', (original, args) =>
    original(...args).slice(0, -1),
  ),
  'a full queue is left as it is': inCore<Backlog['fit']>(Backlog.prototype, 'fit', () => 0),
  'a group delivers in reverse': inCore<Group['deliver']>(
    Group.prototype,
    'deliver',
    (original, [frames, now]) => original([...frames].reverse(), now),
  ),
  'a joiner is attached a turn too late': inCore<Subscriber['attach']>(
    Subscriber.prototype,
    'attach',
    (original, [writable], self) => {
      const subscriber = self as Subscriber;
      setImmediate(() => subscriber.ended || original(writable));
    },
  ),
  'who has left is not forgotten': inCore<Subscriber['finish']>(
    Subscriber.prototype,
    'finish',
    (original, args) => {
      if (args[0] !== 'gone') original(...args);
    },
  ),
  'the gaps of the log are taken for pages': inLog((log) => ({
    read: async (after, limit) => ({ kind: 'page', entries: (await log.read(after, limit)).entries }),
  })),
  'a tail that broke is opened again as if nothing had come meanwhile': inLog((log) => ({
    tail: (signal) => patient(log, signal),
  })),
  'a server hands a batch on in an order of its own': inLog((log) => ({
    tail: (signal) =>
      each(log.tail(signal), (batch) => ({ ...batch, entries: [...batch.entries].reverse() })),
  })),
  'idempotency keys do not reach the log': inLog((log) => ({
    append: (events: readonly NewEvent[]) => log.append(events.map(({ idempotencyKey: _, ...rest }) => rest)),
  })),
  'ids are compared by their numbers alone': inLog(() => ({
    compare: (a, b) => Number(a.slice(6)) - Number(b.slice(6)),
  })),
};
