import { createRequire } from 'node:module';
import type express5 from 'express';
import { expect, test, vi } from 'vitest';
import { testBroadcaster } from './broadcaster.ts';
import { openStream } from './raw-connection.ts';
import { serve } from './serve.ts';

// An app on Express 4 has no Express 5 for us to take the router from.
vi.mock('express', () => {
  const express4 = createRequire(import.meta.url)('express4') as typeof express5;
  return { default: express4, Router: express4.Router };
});

test('where only Express 4 is installed, the router is made of it and everything works', async () => {
  const { default: express } = await import('express');
  const { bearerToken, router } = await import('../src/index.ts');
  expect('lazyrouter' in express()).toBe(true);
  const broadcaster = testBroadcaster();
  const app = express().use(express.json());
  app.use(router(broadcaster, { publish: { authorize: bearerToken('secret') } }));
  const { ask, port } = await serve(app);
  const stream = await openStream(port, '/stream?topics=a');
  const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
  const answer = await ask('/events', { method: 'POST', headers, body: '[{"type":"a","n":1}]' });
  expect([answer.status, answer.json]).toEqual([202, { ids: [expect.any(String)] }]);
  await stream.has('{"type":"a","n":1}');
  for (const path of ['/clients', '/health', '/ready']) expect((await ask(path)).status).toBe(200);
  expect((await ask('/clients', { method: 'POST' })).status).toBe(405);
  expect((await ask('/stream?topics=')).status).toBe(400);
});
