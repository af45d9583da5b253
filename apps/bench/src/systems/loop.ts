import express, { type Response } from 'express';
import { eventText } from '../bench-event.ts';
import { serveHere } from './listen.ts';
import type { System, SystemSettings } from './system.ts';

/** What most people write: an Express route that keeps its responses, and a loop over them. */
export async function startLoop({ asText = false }: SystemSettings): Promise<System> {
  const clients = new Set<Response>();
  const app = express();
  app.get('/events', (request, response) => {
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    response.flushHeaders();
    clients.add(response);
    request.on('close', () => clients.delete(response));
  });
  return {
    ...(await serveHere(app)),
    publish(events) {
      for (const event of events) {
        const text = `id: ${event.n}\ndata: ${asText ? eventText(event) : JSON.stringify(event)}\n\n`;
        for (const response of clients) response.write(text);
      }
    },
  };
}

/** Express with a handler that sends a head and keeps nothing: what connecting costs at least under Express. */
export async function startEmptyExpress(): Promise<System> {
  const app = express();
  app.get('/events', (_request, response) => {
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    response.flushHeaders();
  });
  app.post('/events', express.json({ limit: '1mb' }), (_request, response) => {
    response.status(202).json({ ids: [] });
  });
  const postHead = 'POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  return { ...(await serveHere(app)), postHead, publish: () => undefined };
}
