import { createChannel, createSession } from 'better-sse';
import { serveHere } from './listen.ts';
import type { System } from './system.ts';

/** better-sse on `node:http`, as its documentation shows it. */
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
