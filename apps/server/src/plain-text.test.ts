import { expect, test } from 'vitest';
import { plainText } from './plain-text.ts';

test.each([
  ['plain, with ümlauts and 🎉', 'plain, with ümlauts and 🎉'],
  ['\u001b[1;31mred\u001b[0m', 'red'],
  ['\u001b[2J\u001b[?25lgone', 'gone'],
  ['\u001b]0;title\u0007text', 'text'],
  ['\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['\u001b(Btext\u001b7', 'text'],
  ['one\r\n\ttwo\u2028three', 'one two three'],
  ['a\0b\bc\u007fd\u009b2Je', 'abcd2Je'],
  ['\u001b]0;no end', ']0;no end'],
  ['\u001b[', '['],
  ['\u001b', ''],
])('%j becomes %j', (text, plain) => {
  expect(plainText(text)).toBe(plain);
});

test('the time is linear in the length of a hostile text', () => {
  for (const part of ['\u001b[', '\u001b]', '\u001b]x', '\u001b[1', '\u001b[ ', '\r\n', '\u001b']) {
    const start = performance.now();
    plainText(part.repeat(200_000));
    plainText(part + '0'.repeat(400_000));
    expect(performance.now() - start, JSON.stringify(part)).toBeLessThan(1_000);
  }
});
