import { AsyncLocalStorage } from 'node:async_hooks';
import { onTestFinished } from 'vitest';
import { type EventStreamOptions, openEventStream } from '../../src/index.ts';
import { type FakeHub, fakeHub } from './fake-hub.ts';
import { type Opened, QUICK, recorded } from './open-stream.ts';
import { until } from './until.ts';

interface LockRequest {
  readonly name: string;
  grant(): void;
  /** Gives it back, or leaves the queue. */
  drop(): void;
}

/** What one tab holds of what all share. */
interface Belongings {
  readonly requests: LockRequest[];
  readonly channels: BroadcastChannel[];
}
/** Which tab is at work: a stream loads what it takes to share only once it is open. */
const atWork = new AsyncLocalStorage<Belongings>();

/** `navigator.locks`, as far as exclusive locks and the signal go: first come, first served, granted in a later turn. */
class LockModel {
  readonly #queues = new Map<string, LockRequest[]>();

  request(
    name: string,
    { signal }: { readonly signal?: AbortSignal },
    callback: () => unknown,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      let isHeld = false;
      const request: LockRequest = {
        name,
        grant: () => {
          isHeld = true;
          setTimeout(() => {
            if (queue.includes(request)) Promise.resolve(callback()).then(request.drop).then(resolve, reject);
          });
        },
        drop: () => {
          const index = queue.indexOf(request);
          if (index < 0) return;
          queue.splice(index, 1);
          if (index === 0) queue[0]?.grant();
        },
      };
      signal?.addEventListener('abort', () => {
        if (isHeld) return;
        request.drop();
        reject(signal.reason);
      });
      if (signal?.aborted) return reject(signal.reason);
      atWork.getStore()?.requests.push(request);
      if (queue.push(request) === 1) request.grant();
    });
  }
}

export interface Tab extends Opened {
  /** The tab is gone without a word: its locks are given back, its requests end, its channel is silent. */
  vanish(): void;
}

/** A browser whose tabs share Web Locks and broadcast channels, for one test. */
export function useTabs(): (url: string, options?: EventStreamOptions) => Tab {
  const locks = new LockModel();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
  const Channel = globalThis.BroadcastChannel;
  class RecordedChannel extends Channel {
    constructor(name: string) {
      super(name);
      atWork.getStore()?.channels.push(this);
    }
  }
  globalThis.BroadcastChannel = RecordedChannel;
  onTestFinished(() => {
    globalThis.BroadcastChannel = Channel;
    Reflect.deleteProperty(globalThis, 'navigator');
    if (before !== undefined) Object.defineProperty(globalThis, 'navigator', before);
  });
  return (url, options = {}) => {
    const gone = new AbortController();
    const fetchInTab: typeof fetch = (input, init) => {
      if (gone.signal.aborted) return new Promise(() => undefined);
      return fetch(input, {
        ...init,
        signal: AbortSignal.any([gone.signal, ...(init?.signal ? [init.signal] : [])]),
      });
    };
    const own: Belongings = { requests: [], channels: [] };
    const stream = atWork.run(own, () =>
      openEventStream(url, { ...QUICK, fetch: fetchInTab, shared: true, ...options }),
    );
    onTestFinished(() => stream.close());
    return {
      ...recorded(stream),
      vanish: () => {
        for (const channel of own.channels)
          Object.assign(channel, { postMessage: () => undefined, onmessage: null });
        gone.abort();
        for (const request of own.requests.reverse()) request.drop();
      },
    };
  };
}

export const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `e-${from + index}`);

export const isOpen = ({ stream }: Tab): boolean => stream.status.state === 'open';

/** A hub, a leader and a follower that are open. */
export async function pair(options: object = {}): Promise<{
  hub: FakeHub;
  leader: Tab;
  follower: Tab;
  open: ReturnType<typeof useTabs>;
}> {
  const hub = await fakeHub();
  const open = useTabs();
  const leader = open(hub.url, options);
  await until(() => leader.stream.status.role === 'leader' && leader.stream.status.clientId !== undefined);
  const follower = open(hub.url, options);
  await until(() => isOpen(follower));
  return { hub, leader, follower, open };
}
