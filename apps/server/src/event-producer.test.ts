import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEventProducer, type EventProducer, type EventProducerOptions } from './event-producer.ts';
import { createLogger, type ServerLog } from './logger.ts';
import type { ProducedEvent } from './publisher.ts';

interface Data {
  readonly type: string;
  readonly name?: string;
  readonly message?: string;
  readonly source?: string;
  readonly state?: string;
}

const WAIT = { timeout: 5_000, interval: 5 };
let events: { readonly topic: string; readonly data: Data }[] = [];
let lines: string[] = [];
let log: ServerLog;
let producer: EventProducer | undefined;

beforeEach(() => {
  events = [];
  lines = [];
  log = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
});

afterEach(() => producer?.stop());

function publish(event: ProducedEvent): Promise<unknown> {
  events.push(event as (typeof events)[number]);
  return Promise.resolve('id');
}

function produce(options: Partial<EventProducerOptions> = {}): EventProducer {
  const clientCount = (): number => 2;
  producer = createEventProducer({
    publish,
    clientCount,
    log,
    metricIntervalMs: 10,
    patienceMs: 50,
    ...options,
  });
  producer.start();
  return producer;
}

function messages(): readonly (string | undefined)[] {
  return events.flatMap(({ topic, data }) => (topic === 'log' ? [`${data.source}: ${data.message}`] : []));
}

function logged(text: string): number {
  return lines.filter((line) => line.includes(text)).length;
}

describe('metrics', () => {
  test('of this machine are published at each interval, with the payload of the contract', async () => {
    produce();
    await vi.waitFor(() => {
      const names = new Set(events.map(({ data }) => data.name));
      for (const name of ['cpu_usage', 'memory_usage', 'load_1m', 'event_loop_lag_ms', 'sse_clients'])
        expect(names).toContain(name);
    }, WAIT);
    expect(events.find(({ data }) => data.name === 'sse_clients')).toEqual({
      topic: 'metric',
      data: {
        type: 'metric',
        name: 'sse_clients',
        value: 2,
        unit: 'clients',
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
    for (const { data } of events)
      expect(Object.entries(JSON.parse(JSON.stringify(data)))).toEqual(Object.entries(data));
  });

  test('that cross a threshold are alerts', async () => {
    let clients = 10;
    produce({ clientCount: () => clients, alertRules: [{ name: 'sse_clients', raise: 10, clear: 5 }] });
    const states = (): unknown[] =>
      events.flatMap(({ topic, data }) => (topic === 'alert' ? [data.state] : []));
    await vi.waitFor(() => expect(states()).toEqual(['raised']), WAIT);
    clients = 4;
    await vi.waitFor(() => expect(states()).toEqual(['raised', 'cleared']), WAIT);
  });
});

describe('log events', () => {
  test("are the server's own lines", async () => {
    produce();
    log.logger.info({ client_id: 'c1', token: 'secret' }, 'client connected');
    log.logger.debug('no');
    await vi.waitFor(() => expect(messages()).toEqual(['server: client connected']), WAIT);
    expect(JSON.stringify(events)).not.toContain('"secret"');
  });

  test('are never caused by publishing a log event', async () => {
    produce({
      publish(event) {
        log.logger.warn('published'); // as a careless caller would
        return event.topic === 'log' ? Promise.reject(new Error('no')) : publish(event);
      },
      createReaders: () => [],
    });
    log.logger.info('one');
    await vi.waitFor(() => expect(logged('could not be published')).toBe(1), WAIT);
    expect(lines).toHaveLength(3); // the line, the careless one, the complaint
    expect(producer?.counts).toMatchObject({ sent: 0, failed: 1 });
  });

  test('are the new lines of a file and of a stream', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'event-producer-'));
    const logFile = join(folder, 'app.log');
    writeFileSync(logFile, 'old\n');
    const input = new PassThrough();
    produce({ logFile, input, createReaders: () => [] });
    await vi.waitFor(() => expect(logged('LOG_FILE is being followed')).toBe(1), WAIT);
    appendFileSync(logFile, 'from the file\n');
    input.write('from the stream\n');
    await vi.waitFor(
      () => expect([...messages()].sort()).toEqual(['file: from the file', 'stdin: from the stream']),
      WAIT,
    );
    await producer?.stop();
    expect(input.destroyed).toBe(true);
    rmSync(folder, { recursive: true });
  });

  test('of a file that is missing are a complaint, and no failure', async () => {
    produce({ logFile: '/nonexistent/app.log', createReaders: () => [] });
    await vi.waitFor(() => expect(logged('LOG_FILE cannot be followed')).toBe(1), WAIT);
    expect(producer?.status).toBe('running');
  });
});

describe('a producer', () => {
  test('is stopped, running, and stopped again; each call twice is safe', async () => {
    const idle = createEventProducer({ publish, clientCount: () => 0, log });
    expect(idle.status).toBe('stopped');
    await idle.stop();
    const running = produce();
    running.start();
    expect(running.status).toBe('running');
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(0), WAIT);
    await Promise.all([running.stop(), running.stop()]);
    expect(running.status).toBe('stopped');
    events = [];
    log.logger.info('unheard');
    running.start();
    expect(running.status).toBe('running');
    await vi.waitFor(() => expect(events.some(({ data }) => data.name === 'sse_clients')).toBe(true), WAIT);
    expect(messages()).toEqual([]);
  });

  test('publishes nothing after its stop', async () => {
    const running = produce({ metricIntervalMs: 1 });
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(0), WAIT);
    await running.stop();
    const count = events.length;
    const ticks = vi.fn();
    const timer = setInterval(ticks, 1);
    await vi.waitFor(() => expect(ticks.mock.calls.length).toBeGreaterThan(10), WAIT);
    clearInterval(timer);
    expect(events).toHaveLength(count);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['rejects', () => Promise.reject(new Error('log is down'))],
    ['never settles', () => new Promise(() => undefined)],
    [
      'throws',
      () => {
        throw new Error('log is down');
      },
    ],
  ])(
    'whose publish %s has failed after the patience, logs it once, and runs again when it works',
    async (_, fault) => {
      let isDown = true;
      const running = produce({ publish: (event) => (isDown ? fault() : publish(event)) });
      await vi.waitFor(() => expect(running.status).toBe('failed'), WAIT);
      expect(logged('event producer failed')).toBe(1);
      expect(logged('could not be published')).toBe(1);
      isDown = false;
      await vi.waitFor(() => expect(running.status).toBe('running'), WAIT);
      expect(logged('event producer failed')).toBe(1);
      expect(logged('event producer runs again')).toBe(1);
      expect(events.length).toBeGreaterThan(0);
    },
  );

  test('skips and counts rounds while a publish is under way', async () => {
    const running = produce({ publish: () => new Promise(() => undefined), patienceMs: 60_000 });
    await vi.waitFor(() => expect(running.counts.skippedTicks).toBeGreaterThan(2), WAIT);
    await running.stop(); // does not wait for it
    expect(running.counts.sent).toBe(0);
  });

  test('that cannot read anything has failed, and runs again once it can', async () => {
    let isBroken = true;
    const read = (): number => {
      if (isBroken) throw new Error('no /proc');
      return 1;
    };
    const running = produce({ createReaders: () => [{ name: 'load_1m', read }] });
    await vi.waitFor(() => expect(running.status).toBe('failed'), WAIT);
    expect(logged('load_1m could not be read')).toBe(1);
    isBroken = false;
    await vi.waitFor(() => expect(running.status).toBe('running'), WAIT);
  });

  test('that cannot even make its readers starts as failed, and tries again', async () => {
    let attempts = 0;
    const running = produce({
      createReaders() {
        if (attempts++ < 2) throw new Error('no processors');
        return [{ name: 'load_1m', read: () => 1 }];
      },
    });
    expect(running.status).toBe('failed');
    await vi.waitFor(() => expect(running.status).toBe('running'), WAIT);
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(0), WAIT);
  });
});
