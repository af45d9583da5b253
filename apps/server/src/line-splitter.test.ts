import { expect, test } from 'vitest';
import { createLineSplitter } from './line-splitter.ts';

function split(chunks: readonly (string | Uint8Array)[], maxLineBytes?: number): string[] {
  const splitter = createLineSplitter(maxLineBytes);
  const lines = chunks.flatMap((chunk) =>
    splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
  );
  return [...lines, ...splitter.flush()];
}

test('lines end with LF or CRLF, and the last one may not end', () => {
  expect(split(['one\ntwo\r\n\nthree'])).toEqual(['one', 'two', '', 'three']);
  expect(split(['one\n'])).toEqual(['one']);
  expect(split([])).toEqual([]);
});

test('any cut into chunks gives the same lines', () => {
  const bytes = Buffer.from('ä€🎉\r\nplain\n🎉');
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    expect(split(chunks), `chunks of ${size}`).toEqual(['ä€🎉', 'plain', '🎉']);
  }
});

test('a chunk may be overwritten by its owner afterwards', () => {
  const chunk = Buffer.from('abc');
  const splitter = createLineSplitter();
  splitter.push(chunk);
  chunk.fill('x');
  expect(splitter.push(Buffer.from('d\n'))).toEqual(['abcd']);
});

test('a line that is too long is cut and marked, and the next one is whole', () => {
  expect(split(['123456789\nnext\n'], 4)).toEqual(['1234… [cut]', 'next']);
  expect(split(['12', '34', '56', '\nab\n'], 4)).toEqual(['1234… [cut]', 'ab']);
  expect(split(['1234\n12345'], 4)).toEqual(['1234', '1234… [cut]']);
});

test('a cut is never within a character', () => {
  for (const character of ['ä', '€', '🎉'])
    for (let before = 0; before < 5; before++) {
      const [line] = split([`${'x'.repeat(before)}${character.repeat(4)}\n`], 6);
      expect(line).not.toContain('\ufffd');
      expect(line).toMatch(/^x*[ä€🎉]*… \[cut\]$/u);
    }
});

test('bytes that are no UTF-8 become replacement characters', () => {
  expect(split([Uint8Array.of(0x61, 0xff, 0x62, 0x0a)])).toEqual(['a\ufffdb']);
});

test('what waits for a line end is bounded', () => {
  const splitter = createLineSplitter();
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  for (let count = 0; count < 100; count++) expect(splitter.push(chunk)).toEqual([]);
  const [line] = splitter.push(Buffer.from('\n'));
  expect(line?.length).toBe(8 * 1024 + '… [cut]'.length);
});
