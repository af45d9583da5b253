import { expect, test } from 'vitest';
import { eventMaker, eventText, FIRST_NUMBER } from '../bench-event.ts';
import { EventScanner, MAX_REST } from './event-scanner.ts';

const make = eventMaker(150);
const T = 24_187_123_456;

function body(count: number): string {
  let text = ': ok\n\n';
  for (let n = 0; n < count; n++) {
    const frame = `id: ${n}\nevent: data\ndata: ${eventText(make(FIRST_NUMBER + n, T + n))}\n\n`;
    text += `${frame.length.toString(16)}\r\n${frame}\r\n`;
  }
  return text;
}

/** Scans bytes in pieces, as a socket would bring them, with the rest of one in front of the next. */
function scanned(pieces: readonly Buffer[]): { readonly n: number; readonly t: number }[] {
  const events: { n: number; t: number }[] = [];
  const scanner = new EventScanner(150, (_, n, t) => events.push({ n: n - FIRST_NUMBER, t: t - T }));
  let rest = Buffer.alloc(0);
  for (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const at = scanner.scan(bytes, 0, bytes.length, 0);
    rest = bytes.subarray(at);
    expect(rest.length).toBeLessThanOrEqual(MAX_REST);
  }
  return events;
}

const EXPECTED = [0, 1, 2].map((n) => ({ n, t: n }));

test('every event is found with its number and time', () => {
  expect(scanned([Buffer.from(body(3))])).toEqual(EXPECTED);
});

test('every event is found wherever the bytes are cut in two', () => {
  const bytes = Buffer.from(body(3));
  for (let cut = 0; cut <= bytes.length; cut++)
    expect(scanned([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(EXPECTED);
});

test('every event is found when the bytes come one by one', () => {
  expect(scanned([...Buffer.from(body(3))].map((byte) => Buffer.of(byte)))).toEqual(EXPECTED);
});

test('text without events has none', () => {
  expect(scanned([Buffer.from('id: 1\nevent: system\ndata: {"newest":"n-1"}\n\n')])).toEqual([]);
});
