import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Backoff, backoffMs, isPassing, retryAfterMs } from './retry.ts';

const DEFAULTS: Backoff = { failures: 1, minDelayMs: 1_000, maxDelayMs: 30_000, random: 1 };
const at = (changes: Partial<Backoff>): number => backoffMs({ ...DEFAULTS, ...changes });

describe('backoffMs', () => {
  test('has full jitter: from nothing up to the ceiling', () => {
    expect(at({ random: 0, failures: 5 })).toBe(0);
    expect(at({ random: 0.5, failures: 5 })).toBe(8_000);
    expect(at({ random: 1, failures: 5 })).toBe(16_000);
  });

  test('doubles with each failure, up to 30 seconds', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 100, 5_000].map((failures) => at({ failures }));
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  test('waits no less than the server’s `retry`, and grows from there', () => {
    expect(at({ serverRetryMs: 5_000, random: 0, failures: 9 })).toBe(5_000);
    expect(at({ serverRetryMs: 5_000, failures: 2 })).toBe(10_000);
    expect(at({ serverRetryMs: 5_000, failures: 9 })).toBe(30_000);
  });

  test.each([
    [0, 250],
    [1, 250],
    [60_001, 60_000],
    [99_999_999_999, 60_000],
  ])('takes a `retry` of %d for %d', (serverRetryMs, expected) => {
    expect(at({ serverRetryMs, random: 0 })).toBe(expected);
  });

  test('waits no less than `Retry-After`, and spreads those who wait', () => {
    expect(at({ retryAfterMs: 120_000, random: 0 })).toBe(120_000);
    expect(at({ retryAfterMs: 120_000, random: 1 })).toBe(121_000);
    expect(at({ retryAfterMs: 10, serverRetryMs: 5_000, random: 0 })).toBe(5_000);
  });

  test('never gives a time that a timer can’t hold, nor one below the floor', () => {
    const time = fc.oneof(fc.nat(), fc.constantFrom(2 ** 31, 99_999_999_999, Number.MAX_SAFE_INTEGER));
    fc.assert(
      fc.property(
        fc.record({
          failures: fc.integer({ min: 1, max: 10_000 }),
          minDelayMs: fc.integer({ min: 1, max: 2 ** 40 }),
          maxDelayMs: fc.integer({ min: 1, max: 2 ** 40 }),
          serverRetryMs: fc.option(time, { nil: undefined }),
          retryAfterMs: time,
          random: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        (backoff) => {
          const ms = backoffMs(backoff);
          expect(Number.isInteger(ms)).toBe(true);
          expect(ms).toBeLessThanOrEqual(2 ** 31 - 1);
          expect(ms).toBeGreaterThanOrEqual(Math.min(backoff.retryAfterMs, 2 ** 31 - 1));
          if (backoff.serverRetryMs !== undefined) expect(ms).toBeGreaterThanOrEqual(250);
        },
      ),
    );
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('Tue, 24 Nov 2026 12:00:00 GMT');

  test.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['Tue, 24 Nov 2026 12:01:30 GMT', 90_000],
    ['Tuesday, 24-Nov-26 12:01:30 GMT', 90_000],
    ['Tue, 24 Nov 2026 11:59:00 GMT', 0],
    ['99999999999', 2 ** 31 - 1],
    ['9'.repeat(400), 2 ** 31 - 1],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 2 ** 31 - 1],
    ['soon', 0],
    ['-5', 0],
    ['1.5', 0],
    ['', 0],
  ])('reads `%s` as %d ms', (value, expected) => {
    expect(retryAfterMs(value, now)).toBe(expected);
  });

  test('is 0 where there is none', () => {
    expect(retryAfterMs(null, now)).toBe(0);
    expect(retryAfterMs(undefined, now)).toBe(0);
  });
});

describe('isPassing', () => {
  test.each([408, 425, 429, 500, 502, 503, 504, 599, undefined])('%s may be another one later', (status) => {
    expect(isPassing(status)).toBe(true);
  });

  test.each([201, 204, 206, 304, 400, 401, 403, 404, 405, 410, 418, 451])('%s stays as it is', (status) => {
    expect(isPassing(status)).toBe(false);
  });
});
