import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { MAX_TIMER_MS, randomText, spread, systemEnvironment } from './environment.ts';
import { VirtualEnvironment } from './testing/virtual-environment.ts';

describe('the system environment', () => {
  function fakeTimers(): void {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
  }

  test('a timer fires once, after its time, and not once it was cancelled', () => {
    fakeTimers();
    const fired: string[] = [];
    systemEnvironment.after(1_000, () => fired.push('kept'));
    const cancelled = systemEnvironment.after(1_000, () => fired.push('cancelled'));
    vi.advanceTimersByTime(999);
    expect(fired).toEqual([]);
    cancelled.cancel();
    vi.advanceTimersByTime(1);
    cancelled.cancel();
    vi.advanceTimersByTime(10_000);
    expect(fired).toEqual(['kept']);
  });

  test('a timer beyond what a timer can wait fires late, not at once', () => {
    fakeTimers();
    const task = vi.fn();
    const timer = systemEnvironment.after(Date.UTC(2100, 0, 1), task);
    vi.advanceTimersByTime(MAX_TIMER_MS - 1);
    expect(task).not.toHaveBeenCalled();
    timer.cancel();
  });

  test('a task given for soon runs in no later turn, and not in this one', async () => {
    const order: string[] = [];
    const ran = new Promise<void>((resolve) => {
      systemEnvironment.soon(() => {
        order.push('soon');
        resolve();
      });
    });
    await Promise.resolve();
    order.push('this turn');
    await ran;
    expect(order).toEqual(['this turn', 'soon']);
  });

  test('the clocks run, and random numbers are in [0, 1)', () => {
    expect(Math.abs(systemEnvironment.now() - Date.now())).toBeLessThan(1_000);
    expect(systemEnvironment.elapsed()).toBeGreaterThan(0);
    for (let n = 0; n < 1_000; n++) {
      const number = systemEnvironment.random();
      expect(number >= 0 && number < 1).toBe(true);
    }
  });
});

test('a random text is of digits and small letters only, so that it can be part of an id', () => {
  const text = randomText(systemEnvironment, 10_000);
  expect(text).toMatch(/^[0-9a-z]{10000}$/);
  expect(new Set(text).size).toBe(36);
  expect(randomText(systemEnvironment, 16)).not.toBe(randomText(systemEnvironment, 16));
});

test('a spread value stays within its ratio, and reaches both sides of it', () => {
  const environment = new VirtualEnvironment(5);
  const values = Array.from({ length: 2_000 }, () => spread(environment, 5_000, 0.2));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(4_000);
  expect(Math.max(...values)).toBeLessThanOrEqual(6_000);
  expect(Math.min(...values)).toBeLessThan(4_050);
  expect(Math.max(...values)).toBeGreaterThan(5_950);
  expect(values.every(Number.isInteger)).toBe(true);
});
