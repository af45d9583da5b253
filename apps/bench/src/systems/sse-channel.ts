import SseChannel from 'sse-channel';
import { eventText } from '../bench-event.ts';
import { serveHere } from './listen.ts';
import type { System, SystemSettings } from './system.ts';

/** sse-channel on `node:http`, with ids and so with its history. */
export async function startSseChannel({ history, asText = false }: SystemSettings): Promise<System> {
  const channel = new SseChannel({ jsonEncode: !asText, historySize: history });
  return {
    ...(await serveHere((request, response) => channel.addClient(request, response))),
    publish(events) {
      for (const event of events) channel.send({ id: event.n, data: asText ? eventText(event) : event });
    },
    async remember(events) {
      for (const event of events) channel.send({ id: event.n, data: event });
      return events.map(({ n }) => String(n));
    },
  };
}
