import { describe, expect, test, vi } from 'vitest';
import { type EventStreamOptions, openEventStream, type StreamStatus } from '../src/index.ts';
import { type Call, type FakeFetch, fakeFetch, useClock } from './support/fake-fetch.ts';
import { connected, frame, message } from './support/frames.ts';
import { recorded } from './support/open-stream.ts';

const URL = 'http://hub.example/stream';

interface Scene extends FakeFetch {
  readonly pass: (ms?: number) => Promise<void>;
  status(): StreamStatus;
  waits(): number[];
}

/** A stream with the defaults on a clock of its own, and jitter at its most. */
async function scene(
  react: (call: Call) => void,
  options: EventStreamOptions = {},
  random = 1,
): Promise<Scene> {
  vi.spyOn(Math, 'random').mockReturnValue(random);
  const pass = useClock();
  const fake = fakeFetch(react);
  const { stream, told } = recorded(openEventStream(URL, { fetch: fake.fetch, ...options }));
  await pass();
  return {
    ...fake,
    pass,
    status: () => stream.status,
    waits: () => told.statuses.filter(({ state }) => state === 'waiting').map(({ delayMs }) => delayMs ?? -1),
  };
}

const secondsBetween = (calls: readonly Call[]): number[] =>
  calls.slice(1).map(({ at }, index) => Math.round((at - (calls[index]?.at ?? 0)) / 1_000));

describe('the wait', () => {
  test('doubles with each failure up to 30 seconds, is told, and is kept', async () => {
    const { calls, pass, waits, status } = await scene((call) => call.fail());
    expect(status()).toEqual({ state: 'waiting', reason: 'network', attempt: 1, delayMs: 1_000 });
    await pass(100_000);
    expect(waits()).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(secondsBetween(calls)).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  test('has full jitter', async () => {
    const { pass, waits } = await scene((call) => call.fail(), {}, 0.25);
    await pass(4_000);
    expect(waits().slice(0, 4)).toEqual([250, 500, 1_000, 2_000]);
  });

  test('keeps growing where each connection is lost before it is healthy', async () => {
    const { pass, waits } = await scene((call) => {
      call.stream();
      call.end();
    });
    await pass(14_000);
    expect(waits()).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  test.each([
    ['starts again after a connection that was open for ten seconds', 10_000, 1_000],
    ['does not start again after one that was open for less', 9_999, 4_000],
  ])('%s', async (_, openMs, expected) => {
    let count = 0;
    const { pass, waits, last } = await scene((call) => {
      count += 1;
      if (count < 3) call.fail();
      else call.stream();
    });
    await pass(3_000);
    await pass(openMs);
    last().end();
    await pass();
    expect(waits()).toEqual([1_000, 2_000, expected]);
  });

  test('is no less than the server’s `retry`, also where a later answer has none', async () => {
    let count = 0;
    const { pass, waits } = await scene(
      (call) => {
        count += 1;
        if (count > 1) return call.fail();
        call.stream();
        call.send(frame({ retry: 7_000 }));
        call.end();
      },
      {},
      0,
    );
    await pass(20_000);
    expect(waits()).toEqual([7_000, 7_000, 7_000]);
  });

  test.each([
    [0, 250],
    [99_999_999_999, 60_000],
  ])('takes a `retry` of %d for %d', async (retry, expected) => {
    const { waits } = await scene(
      (call) => {
        call.stream();
        call.send(frame({ retry }));
        call.end();
      },
      {},
      0,
    );
    expect(waits()).toEqual([expected]);
  });

  test.each([
    ['120', 120_000],
    ['Tue, 24 Nov 2026 12:01:00 GMT', 60_000],
  ])('is no less than a `Retry-After` of %s', async (value, expected) => {
    const { waits, pass, calls } = await scene((call) => call.answer(503, { 'Retry-After': value }), {}, 0);
    expect(waits()).toEqual([expected]);
    await pass(expected - 1);
    expect(calls).toHaveLength(1);
    await pass(1);
    expect(calls).toHaveLength(2);
  });

  test('of a `Retry-After` beyond what a timer holds does not end at once', async () => {
    const { waits, pass, calls } = await scene((call) => call.answer(503, { 'Retry-After': '99999999999' }));
    expect(waits()).toEqual([2 ** 31 - 1]);
    await pass(86_400_000);
    expect(calls).toHaveLength(1);
  });
});

describe('the connect timeout', () => {
  test('is 15 seconds, and aborts the request', async () => {
    const { pass, status, last } = await scene(() => undefined);
    await pass(14_999);
    expect(status().state).toBe('connecting');
    await pass(1);
    expect(status()).toMatchObject({ state: 'waiting', reason: 'timeout' });
    expect(last().signal.aborted).toBe(true);
  });

  test('counts the time that `token` takes', async () => {
    const { pass, status, calls } = await scene(() => undefined, {
      token: () => new Promise(() => undefined),
    });
    await pass(15_000);
    expect(status()).toMatchObject({ state: 'waiting', reason: 'timeout' });
    expect(calls).toHaveLength(0);
  });
});

describe('the watchdog', () => {
  test('ends a connection after 45 silent seconds where no interval is known', async () => {
    const { pass, status, last } = await scene((call) => call.stream());
    await pass(44_999);
    expect(status().state).toBe('open');
    await pass(1);
    expect(status()).toMatchObject({ state: 'waiting', reason: 'silent' });
    expect(last().signal.aborted).toBe(true);
  });

  test('ends it after two and a half of the intervals that the server said', async () => {
    const { pass, status, last } = await scene((call) => call.stream());
    last().send(connected({ heartbeat_ms: 10_000 }));
    await pass();
    expect(status()).toMatchObject({ state: 'open', heartbeatMs: 10_000, clientId: 'c1' });
    await pass(24_999);
    expect(status().state).toBe('open');
    await pass(1);
    expect(status()).toMatchObject({ state: 'waiting', reason: 'silent' });
  });

  test.each([
    ['a comment', ': heartbeat\n\n'],
    ['a checkpoint', frame({ id: 'e-9' })],
    ['half a line', 'da'],
    ['a message', message(1)],
  ])('takes %s for life', async (_, bytes) => {
    const { pass, status, last } = await scene((call) => call.stream());
    for (let n = 0; n < 5; n += 1) {
      await pass(30_000);
      last().send(bytes);
    }
    await pass(44_000);
    expect(status().state).toBe('open');
    await pass(1_000);
    expect(status().state).toBe('waiting');
  });

  test('forgets the interval with the connection', async () => {
    const { pass, status, last, calls } = await scene((call) => call.stream());
    last().send(connected({ heartbeat_ms: 1_000 }));
    await pass(4_000);
    expect(calls).toHaveLength(2);
    await pass(40_000);
    expect(status()).toMatchObject({ state: 'open' });
    expect(status().heartbeatMs).toBeUndefined();
    expect(calls).toHaveLength(2);
  });

  test.each([-1, 0, '10', null])('takes an interval of %s for none', async (heartbeat_ms) => {
    const { pass, status, last } = await scene((call) => call.stream());
    last().send(connected({ heartbeat_ms }));
    await pass(44_000);
    expect(status().state).toBe('open');
    await pass(1_000);
    expect(status().state).toBe('waiting');
  });

  test('an interval beyond what a timer holds does not end it at once', async () => {
    const { pass, status, last } = await scene((call) => call.stream());
    last().send(connected({ heartbeat_ms: 99_999_999_999 }));
    await pass(86_400_000);
    expect(status().state).toBe('open');
  });

  test('a clock that is put back does not keep it from ending', async () => {
    const { pass, status } = await scene((call) => call.stream());
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(45_000);
    expect(status().state).toBe('waiting');
  });
});
