import { describe, expect, test } from 'vitest';
import { asReceived, parse } from '../test/properties/frames.ts';
import type { Entry } from './event-log.ts';
import {
  encodeCheckpoint,
  encodeComment,
  encodeEntry,
  encodeHeartbeat,
  encodeRetry,
  encodeSystem,
  joinBytes,
  RESERVED_EVENT_NAMES,
} from './frame.ts';

const entry = (rest: Partial<Entry> = {}): Entry => ({
  id: 'm-1',
  time: 0,
  topic: 'metric',
  data: '{}',
  ...rest,
});
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('an entry on the wire', () => {
  test('has its id, its name and its data, in this order', () => {
    const frame = encodeEntry(entry({ data: '{"type":"metric","value":45.2}' }));
    expect(text(frame.bytes)).toBe('id: m-1\nevent: data\ndata: {"type":"metric","value":45.2}\n\n');
    expect(frame.id).toBe('m-1');
  });

  test('shows its trace in a comment of its block, which a receiver of events never sees', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { bytes } = encodeEntry(entry({ traceparent }));
    expect(text(bytes)).toBe(`id: m-1\n: traceparent ${traceparent}\nevent: data\ndata: {}\n\n`);
    expect(parse(bytes)).toMatchObject({
      events: [{ id: 'm-1', event: 'data', data: '{}' }],
      comments: [`traceparent ${traceparent}`],
    });
  });

  test('is superseded by its key, or else by its topic', () => {
    expect(encodeEntry(entry()).key).toBe('metric');
    expect(encodeEntry(entry({ key: 'cpu' })).key).toBe('cpu');
  });

  test.each([
    ['', 'data: \n'],
    ['\n', 'data: \ndata: \n'],
    ['a\nb', 'data: a\ndata: b\n'],
    ['a\rb', 'data: a\ndata: b\n'],
    ['a\r\nb', 'data: a\ndata: b\n'],
    ['a\n\rb', 'data: a\ndata: \ndata: b\n'],
    ['a\r\r\n\nb', 'data: a\ndata: \ndata: \ndata: b\n'],
    [' a', 'data:  a\n'],
    ['a\u2028b\u0085c\u000bd', 'data: a\u2028b\u0085c\u000bd\n'],
  ])('begins a new data line at every line end of the standard, and at nothing else: %j', (data, lines) => {
    expect(text(encodeEntry(entry({ data })).bytes)).toBe(`id: m-1\nevent: data\n${lines}\n`);
  });

  test.each([
    '\ufeff{}',
    'a\0b',
    '😀',
    '\ud800',
    ' leading',
    'trailing ',
    ': comment',
    'id: 9',
    '\n\n',
    'a\n',
  ])('arrives as it was sent: %j', (data) => {
    const { events } = parse(encodeEntry(entry({ data })).bytes);
    expect(events).toEqual([{ id: 'm-1', event: 'data', data: asReceived(data) }]);
  });
});

test('cut into single bytes, emoji and CRLF included, a stream arrives as it was sent', () => {
  const sent = '😀\r\n\ufeffé\u2028\0\r';
  const { bytes } = encodeEntry(entry({ data: sent }));
  const { events } = parse(bytes, [...bytes.keys()]);
  expect(events).toEqual([{ id: 'm-1', event: 'data', data: asReceived(sent) }]);
});

describe('frames of our own', () => {
  test('a system event is JSON, with an id only where it moves the cursor', () => {
    const closing = { type: 'closing', reason: 'slow', resume_from: 'm-7' } as const;
    expect(text(encodeSystem(closing))).toBe(
      'event: system\ndata: {"type":"closing","reason":"slow","resume_from":"m-7"}\n\n',
    );
    expect(text(encodeSystem(closing, 'm-7'))).toMatch(/^id: m-7\nevent: system\ndata: \{/);
  });

  test('a hostile cursor in a gap stays inside its data', () => {
    const gap = {
      type: 'gap',
      reason: 'malformed',
      requested: '1\r\nid: 9\n\nevent: x',
      oldest: null,
      newest: 'm-1',
    } as const;
    const { events } = parse(encodeSystem(gap));
    expect(events.map(({ event, id, data }) => [event, id, JSON.parse(data)])).toEqual([
      ['system', undefined, gap],
    ]);
  });

  test('a heartbeat has a time and a count, and no id', () => {
    expect(text(encodeHeartbeat(Date.UTC(2026, 10, 24, 12), 3))).toBe(
      'event: heartbeat\ndata: {"timestamp":"2026-11-24T12:00:00.000Z","clients":3}\n\n',
    );
  });

  test('a comment, a retry and a checkpoint fire no event', () => {
    const parsed = parse(joinBytes([encodeComment('heartbeat'), encodeRetry(4871), encodeCheckpoint('m-9')]));
    expect(parsed).toEqual({ events: [], comments: ['heartbeat'], retries: [4871] });
    expect(text(encodeCheckpoint('m-9'))).toBe('id: m-9\n\n');
  });

  test('a retry is digits only, and within what a timer can wait, whatever it is asked for', () => {
    expect(text(encodeRetry(0))).toBe('retry: 0\n\n');
    expect(text(encodeRetry(2 ** 31 - 1))).toBe('retry: 2147483647\n\n');
    expect(text(encodeRetry(1e21))).toBe('retry: 2147483647\n\n');
  });

  test('the names that mean something to us or to a browser are reserved', () => {
    expect([...RESERVED_EVENT_NAMES].sort()).toEqual(['error', 'heartbeat', 'open', 'system']);
  });
});

describe('cost', () => {
  test('one part is passed on, not copied; many are joined', () => {
    const part = new Uint8Array([1, 2]);
    expect(joinBytes([part])).toBe(part);
    expect(joinBytes([part, new Uint8Array(), new Uint8Array([3])])).toEqual(new Uint8Array([1, 2, 3]));
    expect(joinBytes([])).toEqual(new Uint8Array());
  });

  test.each(['\n', '\r', '\r\n', '\n\n\nx', 'x\r', ' '])(
    'encoding takes linear time for %j repeated',
    (unit) => {
      const measure = (length: number): number => {
        const sent = `${unit.repeat(length / unit.length)}x`;
        let best = Number.POSITIVE_INFINITY;
        for (let round = 0; round < 5; round++) {
          // Not the clock: what else the machine does would count.
          const from = process.cpuUsage();
          encodeEntry(entry({ data: sent }));
          best = Math.min(best, process.cpuUsage(from).user / 1_000);
        }
        return best;
      };
      measure(20_000);
      // 8 times the input: quadratic would be 64 times the time. The constant forgives a clock that is coarse.
      expect(measure(160_000)).toBeLessThan(24 * measure(20_000) + 5);
    },
  );
});
