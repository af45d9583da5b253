import { Broadcaster } from '@sse/core';
import { nodeSink } from '@sse/core/node';
import { type BenchEvent, eventText } from '../bench-event.ts';
import { openLog } from '../logs/open-log.ts';
import { serveHere } from './listen.ts';
import type { System, SystemSettings } from './system.ts';

const TOPIC = 'bench';

/** @sse/core on `node:http`, with what a client says of itself taken from the query. */
export async function startCore(settings: SystemSettings): Promise<System> {
  const broadcaster = await createBroadcaster(settings);
  const served = await serveHere((request, response) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const topics = query.get('topics')?.split(',');
    const tags = query.get('tags')?.split(',');
    broadcaster
      .subscribe({
        open: () => nodeSink(response),
        topics,
        lastEventId: request.headers['last-event-id']?.toString(),
        client: { name: query.get('client_name') ?? undefined, tags },
      })
      .catch((error: Error) => response.writeHead(503).end(error.message));
  });
  return { ...served, ...publishing(broadcaster, settings) };
}

/** @sse/express, with its defaults. */
export async function startExpress(settings: SystemSettings): Promise<System> {
  const broadcaster = await createBroadcaster(settings);
  const { sse } = await import('@sse/express');
  const { default: express } = await import('express');
  const app = express();
  app.get('/events', sse(broadcaster));
  return { ...(await serveHere(app)), ...publishing(broadcaster, settings) };
}

async function createBroadcaster(settings: SystemSettings): Promise<Broadcaster> {
  const { queueEvents } = settings;
  return new Broadcaster({
    log: await openLog(settings),
    ...(queueEvents !== undefined && { maxQueueSize: queueEvents, maxQueueBytes: queueEvents * 1_000 }),
  });
}

function publishing(
  broadcaster: Broadcaster,
  { asText = false }: SystemSettings,
): Pick<System, 'publish' | 'remember'> {
  return {
    publish(events: readonly BenchEvent[], topics?: readonly string[]) {
      // One call for each, as a program would; what is refused ends the process, and with it the run.
      for (const [index, event] of events.entries())
        void broadcaster.publish(topics?.[index] ?? TOPIC, asText ? eventText(event) : event);
    },
    remember(events: readonly BenchEvent[]) {
      return broadcaster.publish(events.map((data) => ({ topic: TOPIC, data })));
    },
  };
}
