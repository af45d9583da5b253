import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkReader, FrameReader } from '../src/clients/frame-reader.ts';
import { compareIds } from '../src/judge/ids.ts';
import { asksFor } from '../src/judge/topics.ts';
import { between } from '../src/report.ts';

/** Bytes in pieces of these lengths, and the rest. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let rest = bytes;
  for (const length of lengths) {
    pieces.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return [...pieces, rest];
}

test('blocks and chunks are the same however the bytes are cut', () => {
  const blocks =
    'retry: 5\n\nid: e-1\n\n: comment\n\nid: e-2\nevent: data\ndata: ü\ndata: b\n\nid: e-3\ndata';
  const body = [blocks.slice(0, 13), blocks.slice(13)].map((part) => Buffer.from(part));
  const chunked = Buffer.concat(
    body.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
  );
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (lengths) => {
      const [chunks, frames] = [new ChunkReader(), new FrameReader()];
      const read = cut(chunked, lengths).flatMap((bytes) =>
        chunks.feed(bytes).flatMap((part) => frames.feed(part)),
      );
      expect(read).toEqual([{ id: 'e-1' }, { id: 'e-2', event: 'data', data: 'ü\nb' }]);
    }),
  );
});

test('ids of one log have an order, and of two logs none', () => {
  expect(compareIds('e-9', 'e-10')).toBeLessThan(0);
  expect(compareIds('1700-0', '1699-7')).toBeGreaterThan(0);
  expect(compareIds('1700-3', '1700-3')).toBe(0);
  expect(compareIds('e-9', 'f-10')).toBeUndefined();
});

test('patterns ask for topics as docs/wire.md says', () => {
  expect(asksFor([], 'a.b')).toBe(true);
  expect(asksFor(['a.*'], 'a.b')).toBe(true);
  expect(asksFor(['a.*'], 'a.b.c')).toBe(false);
  expect(asksFor(['a.**'], 'a.b.c')).toBe(true);
  expect(asksFor(['a.**'], 'a')).toBe(false);
});

test('a report takes the place of the one before', () => {
  const page = 'before\n<!-- faults -->\nold\n<!-- /faults -->\nafter';
  expect(between(page, 'new')).toBe('before\n<!-- faults -->\n\nnew\n\n<!-- /faults -->\nafter');
  expect(() => between('no marks', 'new')).toThrow('Expected the page to have');
});
