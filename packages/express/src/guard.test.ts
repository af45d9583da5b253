import express from 'express';
import { expect, test } from 'vitest';
import { serve } from '../test/serve.ts';
import { bearerToken } from './bearer.ts';
import { guard } from './guard.ts';

test('only who is granted anything gets through', async () => {
  const told: number[] = [];
  const protect = guard(bearerToken('s3cret'), { onRefuse: ({ status }) => told.push(status) });
  const { ask } = await serve(
    express().get('/metrics', protect, (_, response) => void response.send('numbers')),
  );
  const refused = await ask('/metrics');
  expect([refused.status, refused.headers['content-type']]).toEqual([401, 'application/problem+json']);
  expect((await ask('/metrics', { headers: { authorization: 'Bearer s3cret' } })).text).toBe('numbers');
  expect(told).toEqual([401]);
});

test('an `authorize` that fails lets nobody through', async () => {
  const app = express().use(
    guard(() => Promise.reject(new Error('down'))),
    (_, response) => void response.send('in'),
  );
  app.use(
    ((_error, _request, response, _next) => void response.status(500).end()) as express.ErrorRequestHandler,
  );
  expect((await (await serve(app)).ask('/')).status).toBe(500);
});
