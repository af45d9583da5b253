import { expect, test } from 'vitest';
import { batchesOf } from './event-lines.ts';

async function batches(...chunks: readonly string[]): Promise<readonly (readonly string[])[]> {
  async function* input(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const found: (readonly string[])[] = [];
  for await (const batch of batchesOf(input())) found.push(batch);
  return found;
}

test('lines that are there together are a batch, and a line in two chunks comes with the second', async () => {
  expect(await batches('{"n":1}\n{"n":2}\r\n{"n"', ':3}\n\n', '{"n":4}')).toEqual([
    ['{"n":1}', '{"n":2}'],
    ['{"n":3}'],
    ['{"n":4}'],
  ]);
});

test('a batch has at most 1,000 lines and 200,000 bytes', async () => {
  const many = await batches('{"n":1}\n'.repeat(2_500));
  expect(many.map((batch) => batch.length)).toEqual([1_000, 1_000, 500]);
  const long = JSON.stringify({ text: 'ü'.repeat(30_000) });
  const large = await batches(`${long}\n`.repeat(7));
  expect(large.map((batch) => batch.length)).toEqual([3, 3, 1]);
});

test('a line above 256 KiB that does not end is refused before more is read', async () => {
  await expect(batches('{"n":1}\n', `{"text":"${'x'.repeat(300_000)}`, 'not read')).rejects.toThrow(
    /^Expected lines of at most 262144 bytes, got "/,
  );
});

test('what is no object is refused by the number of its line', async () => {
  await expect(batches('{}\n[1]\n')).rejects.toThrow('Expected line 2 to be a JSON object, got "[1]"');
});
