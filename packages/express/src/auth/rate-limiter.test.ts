import type { Request } from 'express';
import { expect, test } from 'vitest';
import type { Grant } from '../authorize.ts';
import { rateLimiter } from './rate-limiter.ts';

const ofUser = ({ headers }: Request): Grant => ({ user: headers['x-user'] as string | undefined });
const asking = (user?: string): Request => ({ headers: { 'x-user': user } }) as unknown as Request;

test('a user that asks too often is refused until the window is over; others are not', async () => {
  const authorize = rateLimiter({ maxRequests: 2, windowMs: 60_000 })(ofUser);
  expect(await authorize(asking('ann'))).toEqual({ user: 'ann' });
  expect(await authorize(asking('ann'))).toEqual({ user: 'ann' });
  const refusal = await authorize(asking('ann'));
  expect(refusal).toMatchObject({ status: 429 });
  const { headers = {} } = refusal as { headers?: Record<string, string> };
  expect(Number(headers['Retry-After'])).toBeGreaterThan(0);
  expect(Number(headers['Retry-After'])).toBeLessThanOrEqual(60);
  expect(await authorize(asking('bob'))).toEqual({ user: 'bob' });
});

test('whoever has no name shares a count, and a refusal counts for nothing', async () => {
  let isIn = false;
  const authorize = rateLimiter({ maxRequests: 1 })(() => (isIn ? {} : { status: 401 }));
  for (const _again of [1, 2, 3]) expect(await authorize(asking())).toEqual({ status: 401 });
  isIn = true;
  expect(await authorize(asking())).toEqual({});
  expect(await authorize(asking())).toMatchObject({ status: 429 });
});

test('counts of others count; while they can not be had, there are those of this process', async () => {
  let isAway = false;
  const store = {
    increment: async () => {
      if (isAway) throw new Error('away');
      return { totalHits: 100, resetTime: undefined };
    },
  };
  const authorize = rateLimiter({ maxRequests: 2, store })(ofUser);
  expect(await authorize(asking('ann'))).toMatchObject({ status: 429 });
  isAway = true;
  expect(await authorize(asking('ann'))).toEqual({ user: 'ann' });
  expect(await authorize(asking('ann'))).toMatchObject({ status: 429 });
});

test('what is neither grant nor refusal is left to whoever asked', async () => {
  const authorize = rateLimiter({ maxRequests: 1 })((() => undefined) as never);
  expect(await authorize(asking())).toBeUndefined();
});

test('a bound that is no positive integer is refused', () => {
  expect(() => rateLimiter({ maxRequests: 0 })).toThrow(
    'Expected `maxRequests` to be a positive integer, got `0`',
  );
});
