import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { createLogOutput } from './log-output.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('lines are written whole and in order', async () => {
  const path = join(folder, 'log');
  const descriptor = openSync(path, 'w');
  const output = createLogOutput(descriptor);
  const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index} ä€🎉\n`);
  for (const line of lines) output.write(line);
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe(lines.join('')));
  closeSync(descriptor);
});

test('what is left at exit is written', () => {
  const path = join(folder, 'exit');
  const descriptor = openSync(path, 'w');
  const before = process.listeners('exit');
  const output = createLogOutput(descriptor);
  const atExit = process.listeners('exit').filter((listener) => !before.includes(listener));
  expect(atExit).toHaveLength(1);
  for (let index = 0; index < 3; index++) output.write(`line ${index}\n`);
  for (const listener of atExit) listener(0);
  // The first line is on its way by itself; the others waited for it.
  expect(readFileSync(path, 'utf8')).toContain('line 1\nline 2\n');
});

test.runIf(existsSync('/dev/full'))('a full disk disturbs nobody', async () => {
  const descriptor = openSync('/dev/full', 'w');
  const output = createLogOutput(descriptor);
  for (let index = 0; index < 100; index++) {
    output.write('line\n');
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('lines beyond what may wait are dropped', async () => {
  const path = join(folder, 'flood');
  const descriptor = openSync(path, 'w');
  const output = createLogOutput(descriptor);
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let index = 0; index < 20; index++) output.write(line);
  // The first is under way, and eight wait.
  await vi.waitFor(() => expect(readFileSync(path).length).toBe(9 * 1024 * 1024));
  closeSync(descriptor);
});
