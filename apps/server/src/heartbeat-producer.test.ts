import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHeartbeatProducer } from './heartbeat-producer.ts';

const logger = { info: vi.fn(), error: vi.fn() };

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

test('a heartbeat is sent after each interval', () => {
  const beat = vi.fn();
  const producer = createHeartbeatProducer({ beat, intervalMs: 1_000, logger });
  expect(producer.status).toBe('stopped');
  producer.start();
  expect(producer.status).toBe('running');
  vi.advanceTimersByTime(999);
  expect(beat).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(2_001);
  expect(beat).toHaveBeenCalledTimes(3);
});

test('a second start adds no heartbeats, and a stop ends them', async () => {
  const beat = vi.fn();
  const producer = createHeartbeatProducer({ beat, intervalMs: 1_000, logger });
  await producer.stop();
  producer.start();
  producer.start();
  vi.advanceTimersByTime(1_000);
  expect(beat).toHaveBeenCalledTimes(1);
  await producer.stop();
  await producer.stop();
  expect(producer.status).toBe('stopped');
  expect(vi.getTimerCount()).toBe(0);
  producer.start();
  vi.advanceTimersByTime(1_000);
  expect(beat).toHaveBeenCalledTimes(2);
  await producer.stop();
});

test('a beat that throws is a failure, logged once, until one succeeds', () => {
  const beat = vi.fn();
  const producer = createHeartbeatProducer({ beat, intervalMs: 1_000, logger });
  producer.start();
  beat.mockImplementation(() => {
    throw new Error('no');
  });
  vi.advanceTimersByTime(3_000);
  expect(producer.status).toBe('failed');
  expect(logger.error).toHaveBeenCalledTimes(1);
  beat.mockImplementation(() => undefined);
  vi.advanceTimersByTime(3_000);
  expect(producer.status).toBe('running');
  expect(logger.info).toHaveBeenCalledTimes(1);
  expect(beat).toHaveBeenCalledTimes(6);
});
