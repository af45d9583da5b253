import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Entry } from '../../src/event-log.ts';
import { joinBytes } from '../../src/frame.ts';
import { propertySeed } from '../../src/testing/property-seed.ts';

interface Parsed {
  readonly events: EventSourceMessage[];
  readonly comments: string[];
  readonly retries: number[];
}

/** Reads bytes as a receiver would, cut wherever `cuts` say. */
export function parse(bytes: Uint8Array, cuts: readonly number[] = []): Parsed {
  const parsed: Parsed = { events: [], comments: [], retries: [] };
  const parser = createParser({
    onEvent: (event) => parsed.events.push(event),
    onComment: (comment) => parsed.comments.push(comment),
    onRetry: (ms) => parsed.retries.push(ms),
    onError: (error) => {
      throw error;
    },
  });
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let from = 0;
  const places = [...cuts.map((cut) => cut % (bytes.byteLength + 1)), bytes.byteLength].sort((a, b) => a - b);
  for (const to of places) {
    parser.feed(decoder.decode(bytes.subarray(from, to), { stream: true }));
    from = to;
  }
  return parsed;
}

/** What the standard lets through: line ends become LF, what is no text becomes U+FFFD. */
export const asReceived = (data: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true })
    .decode(new TextEncoder().encode(data))
    .replace(/\r\n|\r/g, '\n');

/** What the properties look at: the bytes of one entry. */
export type Encode = (entry: Entry) => Uint8Array;

const entry = (rest: Partial<Entry>): Entry => ({ id: 'm-1', time: 0, topic: 'metric', data: '{}', ...rest });

const UNITS = [
  '\r',
  '\n',
  '\r\n',
  'a',
  ' ',
  ':',
  '\0',
  '\u2028',
  '\ufeff',
  '😀',
  'é',
  'data',
  'id',
  '\ud83d',
];
const data = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...UNITS) }),
  fc.json(),
);
const names = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !/\p{Cc}|\p{Cs}|^ /u.test(name));
const entries = fc.array(fc.record({ data, event: fc.option(names, { nil: undefined }) }), { maxLength: 6 });

/** Throws unless any strings, joined and cut anywhere, arrive as they were sent, in order. */
export function framesArriveAsSent(encode: Encode): void {
  fc.assert(
    fc.property(entries, fc.array(fc.nat(), { maxLength: 20 }), (list, cuts) => {
      const frames = list.map(({ data: sent, event }, index) =>
        encode(entry({ id: `m-${index}`, data: sent, ...(event === undefined ? {} : { event }) })),
      );
      const { events, comments, retries } = parse(joinBytes(frames), cuts);
      const expected = list.map((sent, index) => ({
        id: `m-${index}`,
        event: sent.event ?? 'data',
        data: asReceived(sent.data),
      }));
      expect(events).toEqual(expected);
      expect([comments, retries]).toEqual([[], []]);
    }),
    { seed: propertySeed(), numRuns: 1_000 },
  );
}

const hostile = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', 'id: 9', 'event: system', 'retry: 1', ': x', 'data: y', ''), {
    minLength: 1,
  })
  .map((parts) => parts.join(''));

/** Throws where some data begins a line that is no `data` line. */
export function noDataMakesAFieldOfItsOwn(encode: Encode): void {
  fc.assert(
    fc.property(hostile, (sent) => {
      const lines = new TextDecoder().decode(encode(entry({ data: sent }))).split(/\r\n|\r|\n/);
      expect(lines.slice(0, 2)).toEqual(['id: m-1', 'event: data']);
      expect(lines.slice(-2)).toEqual(['', '']);
      for (const line of lines.slice(2, -2)) expect(line.startsWith('data: ')).toBe(true);
    }),
    { seed: propertySeed(), numRuns: 500 },
  );
}
