import { describe, expect, test } from 'vitest';
import { EventDecoder } from '../src/event-decoder.ts';
import { frame, message } from './support/frames.ts';
import { openStream } from './support/open-stream.ts';
import { ending, scriptedServer, streaming } from './support/scripted-server.ts';
import { until } from './support/until.ts';

describe('an event beyond `maxEventSize`', () => {
  test.each([
    ['in one line', frame({ id: 'e-2', data: 'x'.repeat(1_001) })],
    ['in many lines', `id: e-2\n${'data: 0123456789\n'.repeat(100)}\n`],
    ['that never ends', `data: ${'x'.repeat(5_000)}`],
    ['as a comment that never ends', `:${'x'.repeat(5_000)}`],
  ])('%s is an error, and a reconnect with the cursor before it', async (_, bytes) => {
    const server = await scriptedServer(streaming(message(1), bytes), streaming(message(3)));
    const { ids, told, states } = openStream(server.url, { maxEventSize: 1_000 });
    await until(() => ids().length === 2);
    expect(ids()).toEqual(['e-1', 'e-3']);
    expect(told.errors.map(({ code }) => code)).toEqual(['too_large']);
    expect(states()).toContain('waiting too_large');
    expect(server.requests.map(({ cursor }) => cursor)).toEqual([undefined, 'e-1']);
  });

  test('is one character more: the size itself is allowed', async () => {
    const server = await scriptedServer(ending(frame({ id: 'e-2', data: 'x'.repeat(1_000) })));
    const { ids } = openStream(server.url, { maxEventSize: 1_000 });
    await until(() => ids().length === 1);
  });
});

function ms(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** The least of some tries: what else the machine does only adds, and a quadratic time is one in each. */
function leastGrowth(run: (n: number) => void, n: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 8 && least > LINEAR_AT_MOST; tries += 1) {
    const short = Math.min(...[0, 0, 0].map(() => ms(() => run(n))));
    least = Math.min(least, ms(() => run(16 * n)) / Math.max(short, 0.2));
  }
  return least;
}

/** Sixteen times the bytes: linear is 16, quadratic 256; the collector and the caches add to both. */
const LINEAR_AT_MOST = 100;

function decode(text: string, chunk: number): void {
  const decoder = new EventDecoder(8 * 1024 * 1024);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += chunk) decoder.feed(bytes.subarray(at, at + chunk));
}

describe('the time is linear in the bytes for', () => {
  test.each([
    ['one long line, a byte at a time', (n: number) => decode(`data: ${'x'.repeat(n)}\n\n`, 1), 5_000],
    ['one long line, in small chunks', (n: number) => decode(`data: ${'x'.repeat(n)}\n\n`, 16), 40_000],
    ['many CRs, a byte at a time', (n: number) => decode('\r'.repeat(n), 1), 5_000],
    ['many CRs, in large chunks', (n: number) => decode('\r'.repeat(n), 65_536), 40_000],
    ['many empty lines, in large chunks', (n: number) => decode('\n'.repeat(n), 65_536), 40_000],
    ['many empty lines, a byte at a time', (n: number) => decode('\n'.repeat(n), 1), 5_000],
    ['many lines of one event', (n: number) => decode(`${'data: x\n'.repeat(n / 8)}\n`, 64), 40_000],
    ['many empty `data` lines', (n: number) => decode(`${'data\n'.repeat(n / 5)}\n`, 64), 40_000],
    ['many ids without data', (n: number) => decode('id: 1\n\n'.repeat(n / 7), 64), 40_000],
    ['one long comment', (n: number) => decode(`:${'x'.repeat(n)}\n`, 16), 40_000],
  ])('%s', (_, run, n) => {
    run(n); // compiled before it is measured
    expect(leastGrowth(run, n)).toBeLessThanOrEqual(LINEAR_AT_MOST);
  });
});
