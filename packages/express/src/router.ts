import type { Broadcaster } from '@sse/core';
import { Router } from 'express';
import { type ClientsOptions, clients } from './clients.ts';
import { type DisconnectClientOptions, disconnectClient } from './disconnect-client.ts';
import { type HealthOptions, health, ready } from './health.ts';
import { problems } from './problems.ts';
import { type PublisherOptions, publisher } from './publisher.ts';
import { type StreamOptions, sse } from './stream.ts';

export interface RouterOptions {
  /** Of `GET /stream`. */
  readonly stream?: StreamOptions;
  /** Of `POST /events`. Absent: there is no such route. */
  readonly publish?: PublisherOptions;
  /** Of `GET /clients`. */
  readonly clients?: ClientsOptions;
  /** Of `DELETE /clients/{client_id}`. Absent: there is no such route. */
  readonly disconnect?: DisconnectClientOptions;
  /** Of `GET /health`. */
  readonly health?: HealthOptions;
  /** Told of errors that are the server's own. @defaultValue `console.error` */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * All of it under the paths of the hub: `/stream`, `/events` (only with `publish`), `/clients`,
 * `/clients/{client_id}` (only with `disconnect`), `/health` and `/ready`.
 *
 * Another method at one of these paths is answered with 405 and `Allow`; every other path is left to what comes next.
 */
export function router(
  broadcaster: Pick<
    Broadcaster,
    'subscribe' | 'publish' | 'clients' | 'disconnect' | 'size' | 'stats' | 'status'
  >,
  options: RouterOptions = {},
): Router {
  const routes = Router();
  routes.all('/stream', sse(broadcaster, options.stream));
  if (options.publish !== undefined) routes.all('/events', publisher(broadcaster, options.publish));
  routes.all('/clients', clients(broadcaster, options.clients));
  if (options.disconnect !== undefined)
    routes.all('/clients/:client_id', disconnectClient(broadcaster, options.disconnect));
  routes.all('/health', health(broadcaster, options.health));
  routes.all('/ready', ready(broadcaster));
  routes.use(problems(options.onError === undefined ? {} : { onError: options.onError }));
  return routes;
}
