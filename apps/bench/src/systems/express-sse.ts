import express from 'express';
import ExpressSse from 'express-sse';
import { serveHere } from './listen.ts';
import type { System } from './system.ts';

/** express-sse, as its documentation shows it. */
export async function startExpressSse(): Promise<System> {
  const stream = new ExpressSse();
  const app = express();
  app.get('/events', stream.init);
  return {
    ...(await serveHere(app)),
    publish(events) {
      for (const event of events) stream.send(event);
    },
  };
}
