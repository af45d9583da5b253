import { spawn } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { isPiped, readLines } from './read-lines.ts';

const never = new AbortController().signal;

async function collect(stream: Readable, signal: AbortSignal = never): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(stream, signal)) lines.push(line);
  return lines;
}

test('each line of a stream is given, the last one also without its end', async () => {
  const chunks = [Buffer.from('one\ntw'), Buffer.from('o\r\nthree')];
  expect(await collect(Readable.from(chunks))).toEqual(['one', 'two', 'three']);
});

test("another process's output is read to its end", async () => {
  const child = spawn(process.execPath, ['-e', 'for (let i = 0; i < 10000; i++) console.log("line " + i)']);
  const lines = await collect(child.stdout);
  expect(lines).toHaveLength(10_000);
  expect(lines.at(-1)).toBe('line 9999');
});

test('a stream is read only as fast as its lines are taken', async () => {
  let chunks = 0;
  const endless = new Readable({
    highWaterMark: 1_024,
    read() {
      chunks++;
      this.push(Buffer.alloc(1_024, 'x\n'));
    },
  });
  const lines = readLines(endless, never);
  for (let count = 0; count < 10; count++) expect((await lines.next()).value).toBe('x');
  expect(chunks).toBeLessThan(10);
  await lines.return();
  expect(endless.destroyed).toBe(true);
});

test('an abort ends the lines without an error and destroys the stream', async () => {
  const controller = new AbortController();
  const stream = new PassThrough();
  const lines = readLines(stream, controller.signal);
  stream.write('one\n');
  expect((await lines.next()).value).toBe('one');
  const next = lines.next();
  controller.abort();
  expect((await next).done).toBe(true);
  await vi.waitFor(() => expect(stream.destroyed).toBe(true));
  expect(await collect(new PassThrough(), controller.signal)).toEqual([]);
});

test("a stream's error is passed on", async () => {
  await expect(collect(createReadStream('/nonexistent/file'))).rejects.toThrow('ENOENT');
});

test('a file is piped input; a null device and a closed descriptor are not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'read-lines-'));
  writeFileSync(join(folder, 'input'), '');
  const file = openSync(join(folder, 'input'), 'r');
  const nothing = openSync(devNull, 'r');
  expect(isPiped(file)).toBe(true);
  expect(isPiped(nothing)).toBe(false);
  closeSync(file);
  closeSync(nothing);
  rmSync(folder, { recursive: true });
  expect(isPiped(1_000_000)).toBe(false);
});
