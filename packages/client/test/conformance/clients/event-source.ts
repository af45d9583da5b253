import type { ClientAdapter, Entry } from '../observe.ts';

/** What the cases use of the interface; any class that has it can be driven. */
export interface EventSourceLike extends EventTarget {
  readonly readyState: number;
  onopen: unknown;
  onmessage: unknown;
  onerror: unknown;
  close(): void;
}

export interface EventSourceClass {
  new (url: string, init?: { withCredentials?: boolean }): EventSourceLike;
}

/** Drives anything with the interface of the standard. Nothing is mapped. */
export function eventSourceAdapter(Source: EventSourceClass): ClientAdapter {
  return {
    features: ['close', 'cross-origin', 'interface', 'lifecycle', 'origin'],
    open(url, { client, listen }, record) {
      const source = new Source(url, client.withCredentials ? { withCredentials: true } : undefined);
      const asStart = { onopen: source.onopen, onmessage: source.onmessage, onerror: source.onerror };
      const heard = (event: Event) => record(entryOf(event, source));
      if (client.attributes) {
        source.onopen = heard;
        source.onmessage = heard;
        source.onerror = heard;
      }
      for (const type of client.attributes ? [] : new Set(['open', 'error', ...listen]))
        source.addEventListener(type, heard);
      return {
        close: () => source.close(),
        state: () => source.readyState,
        probe: (name) =>
          name in asStart ? asStart[name as keyof typeof asStart] : probe(Source, source, name),
      };
    },
  };
}

function entryOf(event: Event, source: EventSourceLike): Entry {
  // Not `instanceof`: some clients bring a class of their own.
  if (!('lastEventId' in event) || !('data' in event))
    return { kind: event.type === 'open' ? 'open' : 'error', state: source.readyState };
  const { type, data, lastEventId, origin, bubbles, cancelable } = event as MessageEvent<unknown>;
  const atSource = event.target === source;
  return {
    kind: 'message',
    type,
    data,
    lastEventId,
    origin,
    shape: { interface: event.constructor.name, bubbles, cancelable, atSource },
  };
}

function probe(Source: EventSourceClass, source: EventSourceLike, name: string): unknown {
  if (name === 'is EventTarget') return source instanceof EventTarget;
  if (name.startsWith('static ')) return Reflect.get(Source, name.slice('static '.length));
  if (!name.startsWith('throws for ')) return Reflect.get(source, name);
  try {
    new Source(name.slice('throws for '.length)).close();
    return undefined;
  } catch (error) {
    return error instanceof Error || error instanceof DOMException ? error.name : typeof error;
  }
}
