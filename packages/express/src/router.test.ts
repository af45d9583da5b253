import { Broadcaster } from '@sse/core';
import type express5 from 'express';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { testBroadcaster } from '../test/broadcaster.ts';
import { EXPRESSES } from '../test/expresses.ts';
import { openStream } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { bearerToken, clients, health, notFound, publisher, ready, router, sse } from './index.ts';

describe.each(EXPRESSES)('router on Express %s', (_, express) => {
  /** The router of a user who has this version of Express installed. */
  async function loadRouter(): Promise<typeof router> {
    vi.doMock('express', () => ({ Router: express.Router }));
    vi.resetModules();
    onTestFinished(() => {
      vi.doUnmock('express');
      vi.resetModules();
    });
    return (await import('./router.ts')).router;
  }

  const publish = { authorize: bearerToken('t') };
  const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };

  test('what is posted reaches the stream, and all of it is there', async () => {
    const broadcaster = testBroadcaster();
    const make = await loadRouter();
    const app = express().use(
      make(broadcaster, { publish, health: { producers: () => ({ a: 'running' }) } }),
    );
    const { port, ask } = await serve(app);
    const stream = await openStream(port, '/stream?topics=a');
    const posted = await ask('/events', { method: 'POST', headers, body: '{"type":"a"}' });
    const [id] = (posted.json as { ids: string[] }).ids;
    await stream.has(`id: ${id}\nevent: data\ndata: {"type":"a"}\n\n`);
    expect((await ask('/clients')).json).toMatchObject({ count: 1 });
    expect((await ask('/health')).json).toMatchObject({ producers: { a: 'running' } });
    expect((await ask('/ready')).status).toBe(200);
  });

  test('may be mounted under a path', async () => {
    const make = await loadRouter();
    const { port, ask } = await serve(express().use('/sse/v1', make(testBroadcaster())));
    const stream = await openStream(port, '/sse/v1/stream?topics=a,b');
    expect(stream.text).toContain('"topics":["a","b"]');
    expect((await ask('/sse/v1/clients')).status).toBe(200);
  });

  test('without publish options nothing can be posted', async () => {
    const make = await loadRouter();
    const { ask } = await serve(express().use(make(testBroadcaster())).use(notFound()));
    expect((await ask('/events', { method: 'POST', headers, body: '{}' })).status).toBe(404);
  });

  test('another method at a known path is a 405 problem, another path is left to the app', async () => {
    const make = await loadRouter();
    const app = express().use(make(testBroadcaster(), { publish }));
    app.delete('/clients/:id', (_request, response) => void response.status(204).end());
    const { ask } = await serve(app.use(notFound()));
    for (const [path, allow] of [
      ['/stream', 'GET, HEAD'],
      ['/events', 'POST'],
      ['/clients', 'GET, HEAD'],
      ['/health', 'GET, HEAD'],
      ['/ready', 'GET, HEAD'],
    ] as const) {
      const answer = await ask(path, { method: 'PUT' });
      expect([path, answer.status, answer.headers['allow']]).toEqual([path, 405, allow]);
      expect(answer.headers['content-type']).toBe('application/problem+json');
    }
    expect((await ask('/clients/x', { method: 'DELETE' })).status).toBe(204);
    expect((await ask('/other')).status).toBe(404);
  });
});

test('a broadcaster with types of its own can be given to everything', () => {
  const broadcaster = new Broadcaster<{ 'orders.paid': { readonly id: number }; note: string }>();
  onTestFinished(() => broadcaster.close());
  const handlers: express5.RequestHandler[] = [
    sse(broadcaster),
    publisher(broadcaster, { authorize: 'anyone' }),
    clients(broadcaster),
    health(broadcaster),
    ready(broadcaster),
    router(broadcaster, { publish: { authorize: 'anyone' } }),
  ];
  expect(handlers.every((handler) => typeof handler === 'function')).toBe(true);
});
