import { fetchEventSource } from '@microsoft/fetch-event-source';
import type { ClientAdapter } from '../observe.ts';

/**
 * Drives `@microsoft/fetch-event-source`. As its README advises, `onopen` refuses an answer that is not 200 or no event
 * stream by an error that `onerror` throws again, and `onclose` throws so that a stream that ended is opened again;
 * `cache` is what the standard asks for.
 * Its `onmessage` also reports blocks without data, with nothing to tell them from an event with empty data: those are
 * dropped, which is right more often. A message's `lastEventId` is the last id that was not empty.
 *
 * It is made for browsers; in Node it is lent a `window` and a `document`.
 */
export const fetchEventSourceAdapter: ClientAdapter = {
  features: ['close', 'lifecycle'],
  open(url, { listen }, record) {
    lendBrowser();
    const abort = new AbortController();
    let state = 0;
    let lastEventId = '';
    const fail = () => {
      state = 2;
      record({ kind: 'error', state: 2 });
    };
    fetchEventSource(url, {
      signal: abort.signal,
      openWhenHidden: true,
      cache: 'no-store',
      onopen: async (response) => {
        const contentType = response.headers.get('content-type') ?? '';
        if (response.status !== 200 || !contentType.startsWith('text/event-stream')) throw new Refused();
        state = 1;
        record({ kind: 'open', state });
      },
      onmessage: ({ id, event, data }) => {
        if (id !== '') lastEventId = id;
        const type = event || 'message';
        if (data !== '' && listen.includes(type)) record({ kind: 'message', type, data, lastEventId });
      },
      onclose: () => {
        throw new Error('ended');
      },
      onerror: (error: unknown) => {
        if (error instanceof Refused) throw error;
        state = 0;
        record({ kind: 'error', state });
      },
    }).catch(fail);
    return {
      close: () => {
        state = 2;
        abort.abort();
      },
      state: () => state,
    };
  },
};

class Refused extends Error {}

function lendBrowser(): void {
  const world = globalThis as { window?: unknown; document?: unknown };
  world.window ??= globalThis;
  world.document ??= { hidden: false, addEventListener: () => {}, removeEventListener: () => {} };
}
