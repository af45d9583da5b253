import type { Broadcaster, NewEvent } from '@sse/core';
import type express from 'express';
import { expect } from 'vitest';
import { problems } from '../src/problems.ts';
import { type PublisherOptions, publisher } from '../src/publisher.ts';
import { testBroadcaster } from './broadcaster.ts';
import { type Answer, type AskOptions, type Served, serve } from './serve.ts';

export interface Publishing extends Served {
  readonly broadcaster: Broadcaster;
  /** What the log has acknowledged, in order. */
  readonly published: readonly NewEvent[];
  /** What reached the app's error handler as a failure of the server. */
  readonly errors: readonly unknown[];
  /** Posts a body of JSON to `/events`. */
  post(body: string | Uint8Array, options?: AskOptions & { readonly query?: string }): Promise<Answer>;
}

export interface PublishingOptions {
  readonly options?: Partial<PublisherOptions>;
  readonly broadcaster?: Parameters<typeof testBroadcaster>[0];
  /** What stands in front of the publisher. */
  readonly before?: express.RequestHandler;
}

/** An app that publishes what is posted to `/events`, and remembers it. */
export async function servePublisher(
  createApp: typeof express,
  { options, broadcaster: settings, before }: PublishingOptions = {},
): Promise<Publishing> {
  const published: NewEvent[] = [];
  const errors: unknown[] = [];
  const broadcaster = testBroadcaster({
    ...settings,
    hooks: { onPublish: (events) => published.push(...events), onError: () => {} },
  });
  const app = createApp();
  if (before !== undefined) app.use(before);
  app.all('/events', publisher(broadcaster, { authorize: 'anyone', ...options }));
  app.use(problems({ onError: (error) => errors.push(error) }));
  const served = await serve(app);
  const post: Publishing['post'] = (body, { query = '', headers, ...rest } = {}) =>
    served.ask(`/events${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      ...rest,
    });
  return { ...served, broadcaster, published, errors, post };
}

/** Expects the problem `status`, and that nothing was published; answers its detail. */
export function expectRefused({ published, errors }: Publishing, answer: Answer, status: number): string {
  expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect([published, errors]).toEqual([[], []]);
  return (answer.json as { detail: string }).detail;
}

/** Expects that the server goes on: the next event is published. */
export async function expectGoesOn({ post, published }: Publishing): Promise<void> {
  const before = published.length;
  expect((await post('{"type":"next"}')).status).toBe(202);
  expect(published).toHaveLength(before + 1);
}
