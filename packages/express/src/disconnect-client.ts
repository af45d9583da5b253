import { type Broadcaster, SseError } from '@sse/core';
import type { Request, RequestHandler, Response } from 'express';
import { type Authorize, granted } from './authorize.ts';
import { type EndpointOptions, endpoint } from './endpoint.ts';
import { type Presence, presenceOf } from './presence.ts';
import { refused } from './problem.ts';

export interface DisconnectClientOptions extends EndpointOptions {
  /** Asked for each request; what it grants does not matter. There is no default: whoever may ask can end any stream. */
  readonly authorize: Authorize;
  /** Who knows of all clients, where this broadcaster has only some of them. @defaultValue the broadcaster */
  readonly presence?: Presence | undefined;
}

/**
 * Ends the stream of one client: `DELETE`, at a path whose parameter `client_id` is the id that `/clients` shows. The
 * client is told `closing` with the reason `revoked`.
 *
 * Answers 204, and 404 where no such client is connected (any more).
 *
 * @throws SseError `invalid-option` where `authorize` is missing.
 */
export function disconnectClient(
  broadcaster: Pick<Broadcaster, 'clients' | 'size' | 'disconnect'>,
  options: DisconnectClientOptions,
): RequestHandler {
  const { authorize, presence = presenceOf(broadcaster) } = options;
  if (typeof authorize !== 'function')
    throw new SseError('invalid-option', 'Expected `authorize` to be a function');

  async function answer(request: Request, response: Response): Promise<void> {
    await granted(authorize, request);
    const found = await presence.disconnect(String(request.params['client_id']));
    if (!found) throw refused(404, 'Expected the id of a client that is connected');
    response.status(204).set('Cache-Control', 'no-store').end();
  }

  return endpoint(['DELETE'], answer, options);
}
