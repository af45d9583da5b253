import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { METRICS, type MetricName } from './metric.ts';
import { createTelemetry, type MetricReader, type TelemetryOptions } from './telemetry.ts';

let procPath = '';
let open: readonly MetricReader[] = [];

beforeEach(() => {
  procPath = mkdtempSync(join(tmpdir(), 'telemetry-'));
  mkdirSync(join(procPath, 'net'));
});

afterEach(() => {
  for (const reader of open) reader.close?.();
  rmSync(procPath, { recursive: true });
});

function readers(options: Partial<TelemetryOptions> = {}): (name: MetricName) => number | undefined {
  open = createTelemetry({ clientCount: () => 0, ...options });
  return (name) => open.find((reader) => reader.name === name)?.read();
}

/** Keeps this thread busy, so that there is something to measure. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('there is one reader for each metric, in order', () => {
  readers();
  expect(open.map(({ name }) => name)).toEqual(METRICS.map(({ name }) => name));
});

describe('this machine', () => {
  test('tells a share of its processors that grows with work', async () => {
    const read = readers();
    await vi.waitFor(() => {
      work(50);
      const usage = read('cpu_usage');
      expect(usage).toBeGreaterThan(1);
      expect(usage).toBeLessThanOrEqual(100);
    });
  });

  test('tells its memory and load', () => {
    const read = readers();
    expect(read('memory_usage')).toBeGreaterThan(0);
    expect(read('memory_usage')).toBeLessThan(100);
    if (process.platform !== 'win32') expect(read('load_1m')).toBeGreaterThanOrEqual(0);
  });

  test.runIf(existsSync('/proc/net/dev'))('tells its network rate from the second reading on', async () => {
    const read = readers();
    await vi.waitFor(() => expect(read('network_rx_bytes_per_s')).toBeGreaterThanOrEqual(0));
  });

  test('tells how many clients there are', () => {
    expect(readers({ clientCount: () => 7 })('sse_clients')).toBe(7);
  });
});

describe('event loop lag', () => {
  test('is at least what the loop was blocked for, less one sample, and forgotten after the reading', async () => {
    const read = readers();
    work(120);
    expect(read('event_loop_lag_ms')).toBeGreaterThanOrEqual(100);
    // Other work on this machine may disturb some readings, not all of them.
    await vi.waitFor(() => expect(read('event_loop_lag_ms')).toBeLessThan(30), { timeout: 5_000 });
  });

  test('of a stall between two readings is kept until the next one', async () => {
    const read = readers();
    read('event_loop_lag_ms');
    await new Promise((resolve) => setImmediate(resolve));
    work(120);
    const laterSamples = vi.fn();
    const timer = setInterval(laterSamples, 20);
    await vi.waitFor(() => expect(laterSamples.mock.calls.length).toBeGreaterThan(2));
    clearInterval(timer);
    expect(read('event_loop_lag_ms')).toBeGreaterThanOrEqual(95);
  });
});

describe('memory usage', () => {
  test('counts what the kernel calls available as free', () => {
    writeFileSync(
      join(procPath, 'meminfo'),
      'MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    250 kB\n',
    );
    expect(readers({ procPath })('memory_usage')).toBe(75);
  });

  test('is told without /proc too', () => {
    expect(readers({ procPath: join(procPath, 'none') })('memory_usage')).toBeGreaterThan(0);
  });
});

describe('the network rate', () => {
  const HEAD = 'Inter-|   Receive  | Transmit\n face |bytes    packets errs\n';
  let clock = 0;

  function receive(text: string): void {
    writeFileSync(join(procPath, 'net/dev'), HEAD + text);
  }

  test('is the bytes of all interfaces but lo, by time', () => {
    receive('    lo: 5000 1 0\n  eth0: 1000 1 0\nwlan0:100 1 0\n');
    const read = readers({ procPath, elapsed: () => clock });
    receive('    lo: 9000 1 0\n  eth0: 2000 1 0\nwlan0:200 1 0\n');
    clock += 500;
    expect(read('network_rx_bytes_per_s')).toBe(2_200);
  });

  test('is absent for a moment when an interface is gone', () => {
    receive('eth0: 1000 1\neth1: 1000 1\n');
    const read = readers({ procPath, elapsed: () => clock });
    receive('eth0: 1100 1\n');
    clock += 1_000;
    expect(read('network_rx_bytes_per_s')).toBeUndefined();
    receive('eth0: 1200 1\n');
    clock += 1_000;
    expect(read('network_rx_bytes_per_s')).toBe(100);
  });

  test('is absent when no time has passed, and without /proc', () => {
    receive('eth0: 1000 1\n');
    expect(readers({ procPath, elapsed: () => clock })('network_rx_bytes_per_s')).toBeUndefined();
    const read = readers({ procPath: join(procPath, 'none') });
    read('network_rx_bytes_per_s');
    expect(read('network_rx_bytes_per_s')).toBeUndefined();
  });
});
