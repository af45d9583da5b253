import { describe, expect, test, vi } from 'vitest';
import type { MetricName } from './metric.ts';
import { createMetricTicker, type MetricTicker } from './metric-ticker.ts';
import type { ProducedEvent } from './publisher.ts';
import type { MetricReader } from './telemetry.ts';

interface Setup {
  readonly ticker: MetricTicker;
  readonly sent: string[];
  readonly errors: string[];
  answer: boolean | Promise<boolean>;
}

/** A ticker whose events are noted as `cpu_usage 45` or `cpu_usage raised`. */
function setUp(): Setup {
  const sent: string[] = [];
  const errors: string[] = [];
  const send = ({ topic, data }: ProducedEvent): Promise<boolean> => {
    const event = data as { type: string; name: string; value: number; state?: string };
    expect(event.type).toBe(topic);
    sent.push(`${event.name} ${event.state ?? event.value}`);
    return Promise.resolve(setup.answer);
  };
  const ticker = createMetricTicker({
    rules: [{ name: 'cpu_usage', raise: 90, clear: 75 }],
    send,
    onError: (name) => errors.push(name),
  });
  const setup: Setup = { ticker, sent, errors, answer: true };
  return setup;
}

function reader(name: MetricName, read: () => number | undefined): MetricReader {
  return { name, read };
}

const broken = (): never => {
  throw new Error('no');
};

test('each reading is published, and one that is absent or not finite is not', async () => {
  const { ticker, sent } = setUp();
  await ticker.tick([
    reader('cpu_usage', () => 45.23),
    reader('memory_usage', () => undefined),
    reader('load_1m', () => Number.NaN),
    reader('sse_clients', () => 3),
  ]);
  expect(sent).toEqual(['cpu_usage 45.2', 'sse_clients 3']);
  expect(ticker.isFailing).toBe(false);
});

test('a reading that throws is reported and keeps no other from being published', async () => {
  const { ticker, sent, errors } = setUp();
  await ticker.tick([reader('cpu_usage', broken), reader('sse_clients', () => 3)]);
  expect(sent).toEqual(['sse_clients 3']);
  expect(errors).toEqual(['cpu_usage']);
  expect(ticker.isFailing).toBe(false);
});

test('it is failing while every reading throws', async () => {
  const { ticker } = setUp();
  await ticker.tick([reader('cpu_usage', broken), reader('sse_clients', broken)]);
  expect(ticker.isFailing).toBe(true);
  await ticker.tick([reader('cpu_usage', broken), reader('sse_clients', () => undefined)]);
  expect(ticker.isFailing).toBe(false);
});

test('a round is skipped and counted while another is under way', async () => {
  const setup = setUp();
  const { ticker, sent } = setup;
  let finish = (_: boolean): void => undefined;
  setup.answer = new Promise((resolve) => {
    finish = resolve;
  });
  const clients = [reader('sse_clients', () => 3)];
  const first = ticker.tick(clients);
  await ticker.tick(clients);
  await ticker.tick(clients);
  expect(ticker.skippedTicks).toBe(2);
  finish(true);
  await first;
  await ticker.tick(clients);
  expect(sent).toHaveLength(2);
});

describe('an alert', () => {
  test('follows the reading that crossed the threshold, once', async () => {
    const { ticker, sent } = setUp();
    const values = [95, 96, 80, 70, 60];
    const cpu = [reader('cpu_usage', () => values.shift())];
    await vi.waitFor(async () => {
      await ticker.tick(cpu);
      expect(values).toEqual([]);
    });
    expect(sent).toEqual([
      'cpu_usage 95',
      'cpu_usage raised',
      'cpu_usage 96',
      'cpu_usage 80',
      'cpu_usage 70',
      'cpu_usage cleared',
      'cpu_usage 60',
    ]);
  });

  test('that could not be published is tried again in the next round', async () => {
    const setup = setUp();
    const { ticker, sent } = setup;
    const cpu = [reader('cpu_usage', () => 95)];
    setup.answer = false;
    await ticker.tick(cpu);
    setup.answer = true;
    await ticker.tick(cpu);
    await ticker.tick(cpu);
    expect(sent).toEqual(['cpu_usage 95', 'cpu_usage 95', 'cpu_usage raised', 'cpu_usage 95']);
  });
});

test('the rest of a round is left out once publishing fails', async () => {
  const setup = setUp();
  setup.answer = false;
  await setup.ticker.tick([reader('memory_usage', () => 1), reader('sse_clients', () => 3)]);
  expect(setup.sent).toEqual(['memory_usage 1']);
});
