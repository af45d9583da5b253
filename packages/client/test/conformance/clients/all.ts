import { EventSource as NpmEventSource } from 'eventsource';
import { FetchEventSource } from '../../../src/event-source.ts';
import type { ClientAdapter } from '../observe.ts';
import { eventSourceAdapter } from './event-source.ts';
import { eventsourceClientAdapter } from './eventsource-client.ts';
import { fetchEventSourceAdapter } from './fetch-event-source.ts';

/** Every client that is no part of its platform. */
export const CLIENTS: Readonly<Record<string, ClientAdapter>> = {
  FetchEventSource: eventSourceAdapter(FetchEventSource),
  eventsource: eventSourceAdapter(NpmEventSource),
  'eventsource-client': eventsourceClientAdapter,
  '@microsoft/fetch-event-source': fetchEventSourceAdapter,
};
