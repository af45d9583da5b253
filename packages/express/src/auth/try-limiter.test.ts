import type { Request } from 'express';
import { expect, test } from 'vitest';
import type { Grant, Refusal } from '../authorize.ts';
import { tryLimiter } from './try-limiter.ts';

const WRONG: Refusal = { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } };
const MISSING: Refusal = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } };
const from = (ip: string): Request => ({ ip }) as Request;

function limited(decide: () => Grant | Refusal, options = {}) {
  let asked = 0;
  const authorize = tryLimiter({ maxTries: 3, ...options })(() => {
    asked++;
    return decide();
  });
  return { authorize, asked: () => asked };
}

test('after so many wrong tokens an address is refused with 429, and nothing is looked at', async () => {
  const { authorize, asked } = limited(() => WRONG);
  for (let n = 0; n < 3; n++) expect(await authorize(from('1.2.3.4'))).toBe(WRONG);
  const refused = (await authorize(from('1.2.3.4'))) as Refusal;
  expect([refused.status, asked()]).toEqual([429, 3]);
  expect(Number(refused.headers?.['Retry-After'])).toSatisfy((seconds) => seconds >= 1 && seconds <= 60);
  expect(await authorize(from('1.2.3.5'))).toBe(WRONG);
});

test('addresses of one IPv6 /64 are one', async () => {
  const { authorize } = limited(() => WRONG);
  for (const end of ['1', '2', 'ffff:1']) await authorize(from(`2001:db8:1:2::${end}`));
  expect(await authorize(from('2001:db8:1:2:a::9'))).toMatchObject({ status: 429 });
  expect(await authorize(from('2001:db8:1:3::1'))).toBe(WRONG);
});

test.each<[string, Grant | Refusal]>([
  ['grants', {}],
  ['requests without a token', MISSING],
  ['refusals of rights', { status: 403 }],
])('%s are not counted', async (_, decision) => {
  const { authorize } = limited(() => decision);
  for (let n = 0; n < 10; n++) expect(await authorize(from('1.2.3.4'))).toBe(decision);
});

test('the window ends', async () => {
  const { authorize } = limited(() => WRONG, { windowMs: 50 });
  for (let n = 0; n < 3; n++) await authorize(from('1.2.3.4'));
  expect(await authorize(from('1.2.3.4'))).toMatchObject({ status: 429 });
  await expect.poll(() => authorize(from('1.2.3.4'))).toBe(WRONG);
});

test('addresses beyond 10,000 share one count', async () => {
  const { authorize } = limited(() => WRONG);
  for (let n = 0; n < 10_000; n++) await authorize(from(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`));
  for (let n = 0; n < 3; n++) await authorize(from(`11.0.0.${n}`));
  expect(await authorize(from('11.0.0.99'))).toMatchObject({ status: 429 });
});

test('a store of several processes makes one limit of theirs, and each counts for itself where that fails', async () => {
  const hits = new Map<string, number>();
  let isDown = false;
  const store = {
    async get(key: string) {
      if (isDown) throw new Error('down');
      return { totalHits: hits.get(key) ?? 0, resetTime: undefined };
    },
    async increment(key: string) {
      if (isDown) throw new Error('down');
      hits.set(key, (hits.get(key) ?? 0) + 1);
      return { totalHits: hits.get(key) ?? 0, resetTime: undefined };
    },
  };
  const [one, two] = [limited(() => WRONG, { store }), limited(() => WRONG, { store })];
  for (const { authorize } of [one, two, one]) await authorize(from('1.2.3.4'));
  expect(await two.authorize(from('1.2.3.4'))).toMatchObject({ status: 429 });
  isDown = true;
  for (const expected of [WRONG, WRONG, { status: 429 }])
    expect(await two.authorize(from('1.2.3.4'))).toMatchObject(expected);
});

test.each([{ maxTries: 0 }, { windowMs: 1.5 }])('%j is refused', (options) => {
  expect(() => tryLimiter(options)).toThrow(/to be a positive integer/);
});
