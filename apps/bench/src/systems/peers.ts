import { createChannel, createSession } from 'better-sse';
import express from 'express';
import ExpressSse from 'express-sse';
import SseChannel from 'sse-channel';
import { eventText } from '../bench-event.ts';
import { serveHere } from './listen.ts';
import type { System, SystemSettings } from './system.ts';

// Each as its own documentation shows it, on `node:http` where that is supported.

export async function startBetterSse(): Promise<System> {
  const channel = createChannel();
  const served = await serveHere((request, response) => {
    createSession(request, response).then(
      (session) => channel.register(session),
      () => response.destroy(),
    );
  });
  return {
    ...served,
    publish(events) {
      for (const event of events) channel.broadcast(event);
    },
  };
}

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
