import { useCallback, useMemo, useRef, useSyncExternalStore } from 'react';
import type { EventStream } from './event-stream.ts';
import { openEventStream } from './open-event-stream.ts';
import type { EventStreamOptions, StreamStatus, Topic, TopicMap } from './types.ts';

/** A component that unmounts and mounts again in one turn, as under StrictMode, keeps its stream. */
const RELEASE_AFTER_MS = 0;
const IDLE: StreamStatus = Object.freeze({ state: 'connecting', reason: 'start', attempt: 0 });

interface Use {
  readonly stream: EventStream<never>;
  count: number;
}
const uses = new Map<string, Use>();

export interface EventStreamHandle<Topics extends object = TopicMap> {
  /** `undefined` until the component is mounted, and on a server. */
  readonly stream: EventStream<Topics> | undefined;
  readonly status: StreamStatus;
}

/**
 * A stream for as long as a component is mounted. Components that ask for the same URL with the same topics, name, tags,
 * transport and sharing have one stream together, with the other options of the first. With other topics, the stream
 * goes on from the cursor.
 *
 * Renders when the status changes, not with each message: see {@link useTopic}.
 */
export function useEventStream<Topics extends object = TopicMap>(
  url: string,
  options: EventStreamOptions<Topics> = {},
): EventStreamHandle<Topics> {
  const { topics, clientName, tags, transport, withCredentials, shared } = options;
  const key = JSON.stringify([url, topics, clientName, tags, transport, withCredentials, shared]);
  const latest = useRef(options);
  latest.current = options;
  const cursor = useRef({ url: '', lastEventId: '' });

  const subscribe = useCallback(
    (listener: () => void) => {
      const from = cursor.current.url === url ? cursor.current.lastEventId : '';
      const use = uses.get(key) ?? {
        stream: openEventStream(url, { ...(from !== '' && { lastEventId: from }), ...latest.current }),
        count: 0,
      };
      use.count += 1;
      uses.set(key, use as Use);
      const unsubscribe = use.stream.subscribe(listener);
      return () => {
        unsubscribe();
        cursor.current = { url, lastEventId: use.stream.lastEventId };
        use.count -= 1;
        setTimeout(() => {
          if (use.count > 0) return;
          use.stream.close();
          if (uses.get(key) === use) uses.delete(key);
        }, RELEASE_AFTER_MS);
      };
    },
    [key, url],
  );
  const status = useSyncExternalStore(
    subscribe,
    () => uses.get(key)?.stream.status ?? IDLE,
    () => IDLE,
  );
  const stream = uses.get(key)?.stream as EventStream<Topics> | undefined;
  return useMemo(() => ({ stream, status }), [stream, status]);
}

/** The latest payload of a topic; renders only when another one comes. `undefined` until the first. */
export function useTopic<Topics extends object, T extends Topic<Topics>>(
  stream: EventStream<Topics> | undefined,
  topic: T,
): Topics[T] | undefined {
  return useSyncExternalStore(
    stream?.subscribe ?? noSubscription,
    () => stream?.getSnapshot().latest[topic],
    () => undefined,
  );
}

const noSubscription = (): (() => void) => () => undefined;
