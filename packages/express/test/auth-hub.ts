import type { Broadcaster } from '@sse/core';
import express from 'express';
import { onTestFinished } from 'vitest';
import { type JwtAuthOptions, jwtAuth } from '../src/auth/jwt-auth.ts';
import { MemoryAuthStore } from '../src/auth/memory-auth-store.ts';
import { router } from '../src/router.ts';
import { testBroadcaster } from './broadcaster.ts';
import { type Answer, type Served, serve } from './serve.ts';
import { SECRET, token } from './tokens.ts';

export interface Hub extends Served {
  readonly broadcaster: Broadcaster;
  readonly errors: unknown[];
  readonly store: MemoryAuthStore;
  post(path: string, bearer: string | undefined, body?: unknown): Promise<Answer>;
  ticket(bearer: string, topics?: readonly string[]): Promise<string>;
}

/** All routes, with authorisation by tokens. */
export async function hub(options: Partial<JwtAuthOptions> = {}): Promise<Hub> {
  const broadcaster = testBroadcaster();
  const errors: unknown[] = [];
  const store = new MemoryAuthStore();
  const auth = jwtAuth({
    secret: SECRET,
    store,
    lookMs: 20,
    onError: (error) => errors.push(error),
    ...options,
  });
  onTestFinished(() => auth.close());
  const app = express();
  app.all('/tickets', auth.tickets());
  app.all('/revocations', auth.revocations());
  app.use(
    router(broadcaster, {
      stream: { authorize: auth.subscribe },
      publish: { authorize: auth.publish },
      clients: { authorize: auth.admin },
      onError: (error) => errors.push(error),
    }),
  );
  const served = await serve(app);
  const post = (path: string, bearer: string | undefined, body?: unknown): Promise<Answer> =>
    served.ask(path, {
      method: 'POST',
      headers: {
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return {
    ...served,
    broadcaster,
    errors,
    store,
    post,
    async ticket(bearer, topics) {
      const { json } = await post('/tickets', bearer, topics && { topics });
      return (json as { ticket: string }).ticket;
    },
  };
}

/** The header line. */
export const bearer = (text: string): string => `Authorization: Bearer ${text}`;
/** A token of ann's with these rights. */
export const may = (sse: object, rest: object = {}): Promise<string> => token({ sub: 'ann', sse, ...rest });
