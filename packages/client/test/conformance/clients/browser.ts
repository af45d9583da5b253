import { EventSource as NpmEventSource } from 'eventsource';
import { FetchEventSource } from '../../../src/event-source.ts';
import { type ClientAdapter, observeAll } from '../observe.ts';
import { eventSourceAdapter } from './event-source.ts';
import { eventsourceClientAdapter } from './eventsource-client.ts';
import { fetchEventSourceAdapter } from './fetch-event-source.ts';

// The whole of what is bundled for a page.
const CLIENTS: Readonly<Record<string, ClientAdapter>> = {
  ours: eventSourceAdapter(FetchEventSource),
  native: eventSourceAdapter(EventSource),
  eventsource: eventSourceAdapter(NpmEventSource),
  'eventsource-client': eventsourceClientAdapter,
  'fetch-event-source': fetchEventSourceAdapter,
};

globalThis.observeJobs = (client, jobs, concurrency) => {
  const adapter = CLIENTS[client];
  if (adapter === undefined) throw new Error(`Expected one of ${Object.keys(CLIENTS)}, got \`${client}\``);
  return observeAll(adapter, jobs, concurrency);
};
