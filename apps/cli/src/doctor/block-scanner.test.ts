import { expect, test } from 'vitest';
import { type Block, BlockScanner } from './block-scanner.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What is kept of this text, cut into chunks of so many bytes. */
async function kept(text: string, size = 1_000): Promise<readonly Omit<Block, 'at'>[]> {
  const scanner = new BlockScanner();
  const all = bytes(text);
  for (let start = 0; start < all.length; start += size) scanner.push(all.subarray(start, start + size));
  const found: Omit<Block, 'at'>[] = [];
  await scanner.find(({ at: _, ...block }) => {
    found.push(block);
    return false;
  }, AbortSignal.abort());
  return found;
}

test.each(['\n', '\r\n'])(
  'blocks are the same however they are cut, with %j at the end of lines',
  async (end) => {
    const text = ['id: a-1', 'event: system', 'data: {"ü":1}', 'data:two', '', ': comment', '', ''].join(end);
    const blocks = [{ id: 'a-1', event: 'system', data: '{"ü":1}\ntwo' }, {}];
    for (const size of [1, 2, 3, 1_000]) expect(await kept(text, size)).toEqual(blocks);
  },
);

test('a block that has not ended is none yet', async () => {
  expect(await kept('id: a-1\ndata: x\n')).toEqual([]);
});

test('a stream without end, or of endless blocks, is kept in part', async () => {
  expect(await kept('data: x\n\n'.repeat(250))).toHaveLength(100);
  const [block] = await kept(`data: ${'x'.repeat(300_000)}\ndata: end\n\n`);
  expect(JSON.stringify(block).length).toBeLessThan(70_000);
});
