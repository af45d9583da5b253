import { createEventSource } from 'eventsource-client';
import type { ClientAdapter } from '../observe.ts';

/**
 * Drives `eventsource-client`. Its callbacks are taken for events: `onConnect` for `open` where it is open right
 * after it, `onScheduleReconnect` for
 * `error` while reconnecting, and `onDisconnect` for `error` where the client is closed for good afterwards.
 * `lastEventId` is asked of the client when a message comes.
 */
export const eventsourceClientAdapter: ClientAdapter = {
  features: ['close', 'lifecycle'],
  open(url, { listen }, record) {
    let closed = false;
    const source = createEventSource({
      url,
      onMessage: ({ event = 'message', data }) => {
        if (listen.includes(event))
          record({ kind: 'message', type: event, data, lastEventId: source.lastEventId ?? '' });
      },
      onConnect: () =>
        queueMicrotask(() => {
          if (source.readyState === 'open') record({ kind: 'open', state: 1 });
        }),
      onScheduleReconnect: () => record({ kind: 'error', state: 0 }),
      onDisconnect: () =>
        queueMicrotask(() => {
          if (!closed && source.readyState === 'closed') record({ kind: 'error', state: 2 });
        }),
    });
    return {
      close: () => {
        closed = true;
        source.close();
      },
      state: () => ['connecting', 'open', 'closed'].indexOf(source.readyState),
    };
  },
};
