import type { EventId, NewEvent } from '@sse/core';
import { LmdbEventLog, type LmdbEventLogOptions } from '../src/index.ts';

/** What the parent may ask of a child: to be called by name, with a number under which the answer is awaited. */
export interface ChildCalls {
  open(options: LmdbEventLogOptions): Promise<number>;
  append(log: number, events: readonly NewEvent[]): Promise<readonly EventId[]>;
  read(log: number, after: EventId, limit: number): Promise<unknown>;
  stats(log: number): Promise<unknown>;
  prune(log: number): Promise<void>;
  close(log: number): Promise<void>;
  /** Batches come as messages with the number of the tail. */
  tail(log: number, tail: number): Promise<void>;
  abort(tail: number): Promise<void>;
  /** Appends without an end, and tells of each acknowledged id. */
  storm(log: number, width: number): Promise<void>;
  /** Milliseconds of processor time that this process has used so far. */
  processorMs(): Promise<number>;
}

export type ChildMessage =
  | { readonly kind: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly call: number; readonly code: unknown; readonly message: string }
  | { readonly kind: 'batch'; readonly tail: number; readonly batch: unknown; readonly at: number }
  | { readonly kind: 'end'; readonly tail: number; readonly code?: unknown }
  | { readonly kind: 'acknowledged'; readonly ids: readonly EventId[] };

const logs: LmdbEventLog[] = [];
const aborts = new Map<number, AbortController>();
const send = (message: ChildMessage): void => {
  process.send?.(message);
};
const logOf = (index: number): LmdbEventLog => logs[index] as LmdbEventLog;
/** Milliseconds by the machine's monotonic clock, which all its processes share. */
const clock = (): number => Number(process.hrtime.bigint()) / 1e6;

async function forward(log: number, tail: number, signal: AbortSignal): Promise<void> {
  try {
    for await (const batch of logOf(log).tail(signal)) send({ kind: 'batch', tail, batch, at: clock() });
    send({ kind: 'end', tail });
  } catch (error) {
    send({ kind: 'end', tail, code: (error as { code?: unknown }).code });
  }
}

const calls: ChildCalls = {
  open: (options) => Promise.resolve(logs.push(new LmdbEventLog(options)) - 1),
  append: (log, events) => logOf(log).append(events),
  read: (log, after, limit) => logOf(log).read(after, limit),
  stats: (log) => logOf(log).stats(),
  prune: (log) => logOf(log).prune(),
  close: (log) => logOf(log).close(),
  tail: (log, tail) => {
    const abort = new AbortController();
    aborts.set(tail, abort);
    void forward(log, tail, abort.signal);
    return Promise.resolve();
  },
  abort: (tail) => {
    aborts.get(tail)?.abort();
    return Promise.resolve();
  },
  storm: (log, width) => {
    const publish = async (): Promise<void> => {
      for (let n = 0; ; n++) {
        const events = Array.from({ length: 1 + (n % 3) }, () => ({ topic: 'storm', data: `{"n":${n}}` }));
        send({ kind: 'acknowledged', ids: await logOf(log).append(events) });
      }
    };
    for (let index = 0; index < width; index++) void publish();
    return Promise.resolve();
  },
  processorMs: () => Promise.resolve(process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000),
};

process.on('message', ({ call, name, args }: { call: number; name: keyof ChildCalls; args: never[] }) => {
  const work = calls[name] as (...values: never[]) => Promise<unknown>;
  Promise.resolve()
    .then(() => work(...args))
    .then(
      (value) => send({ kind: 'answer', call, value }),
      (error: { code?: unknown; message: string }) =>
        send({ kind: 'failure', call, code: error.code, message: error.message }),
    );
});
process.on('disconnect', () => process.exit());
