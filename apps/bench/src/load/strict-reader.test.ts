import { expect, test } from 'vitest';
import { eventMaker, eventText } from '../bench-event.ts';
import { StrictReader } from './strict-reader.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const make = eventMaker(150);

const frame = (n: number): string => `id: ${n}\ndata: ${eventText(make(1_000_000_000 + n, 1_000_000))}\n\n`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

function readAll(text: string, step = text.length): { numbers: number[]; wrong: string | undefined } {
  const numbers: number[] = [];
  const reader = new StrictReader((n) => numbers.push(n - 1_000_000_000), 150);
  for (let at = 0; at < text.length; at += step) reader.read(Buffer.from(text.slice(at, at + step)));
  return { numbers, wrong: reader.wrong };
}

test('events are found in chunks of any size, however they arrive', () => {
  const stream = HEAD + chunk(': hello\n\n') + chunk(frame(0)) + chunk(frame(1) + frame(2));
  for (const step of [1, 7, 64, stream.length])
    expect(readAll(stream, step)).toEqual({ numbers: [0, 1, 2], wrong: undefined });
});

test('a body that is not chunked is read as it is', () => {
  const head = HEAD.replace('Transfer-Encoding: chunked\r\n', '');
  expect(readAll(head + frame(0))).toEqual({ numbers: [0], wrong: undefined });
});

test('a wrong chunk size is found', () => {
  const stream = HEAD + chunk(frame(0)).replace(/^[\da-f]+/, '5') + chunk(frame(1));
  expect(readAll(stream).wrong).toMatch(/Expected the end of a chunk of 5/);
});

test('an event of another size is found', () => {
  expect(readAll(HEAD + chunk(frame(0).replace('xx', 'x'))).wrong).toBe(
    'Expected 150 bytes of data, got 149',
  );
});

test('another content type is found', () => {
  expect(readAll(HEAD.replace('event-stream', 'plain') + chunk(frame(0))).wrong).toMatch(/content type/);
});

test('events of others are passed over', () => {
  const stream = HEAD + chunk('event: system\ndata: {"type":"connected"}\n\n') + chunk(frame(0));
  expect(readAll(stream)).toEqual({ numbers: [0], wrong: undefined });
});
