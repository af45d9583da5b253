import type { Broadcaster, TopicMap } from '@sse/core';
import { Router } from 'express';
import { type ClientsOptions, clients } from './clients.ts';
import { type HealthOptions, health, ready } from './health.ts';
import { problems } from './problem.ts';
import { type PublisherOptions, publisher } from './publisher.ts';
import { type StreamOptions, sse } from './stream.ts';

export interface RouterOptions {
  readonly stream?: StreamOptions | undefined;
  /** Mounts `/events`. Absent: nothing can be published over HTTP. */
  readonly publish?: PublisherOptions | undefined;
  readonly clients?: ClientsOptions | undefined;
  readonly health?: HealthOptions | undefined;
  /** Told of errors that are the server's own. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Everything at once: `/stream`, `/events`, `/clients`, `/health` and `/ready`. Other paths are left to the app. */
export function router<Topics extends TopicMap>(
  broadcaster: Broadcaster<Topics>,
  options: RouterOptions = {},
): Router {
  const { onError } = options;
  const routes = Router();
  routes.all('/stream', sse(broadcaster, { onError, ...options.stream }));
  if (options.publish !== undefined)
    routes.all('/events', publisher(broadcaster, { onError, ...options.publish }));
  routes.all('/clients', clients(broadcaster, options.clients));
  routes.all('/health', health(broadcaster, options.health));
  routes.all('/ready', ready(broadcaster));
  routes.use(problems(onError === undefined ? {} : { onError }));
  return routes;
}
