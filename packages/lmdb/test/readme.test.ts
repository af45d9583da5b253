import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { LMDB_EVENT_LOG_DEFAULTS } from '../src/index.ts';
import { programOf } from './child.ts';
import { temporaryDatabase } from './temporary-database.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const README = read('../README.md');

test('the example of README.md is the program that is type-checked and run here', async () => {
  const [, code] = /<!-- example: broadcaster -->\n```ts\n([\s\S]*?)```/.exec(README) ?? [];
  expect(code).toBe(read('./readme-example.ts').replace('../src/index.ts', '@sse/lmdb'));
  const cwd = dirname(temporaryDatabase());
  const program = await programOf('readme-example');
  for (const entries of [1, 2]) {
    const printed = String(execFileSync(process.execPath, [program], { cwd }));
    expect(printed).toContain(`entries: ${entries},`);
  }
});

test('README.md names every option, with its default', () => {
  for (const [name, value] of Object.entries(LMDB_EVENT_LOG_DEFAULTS)) {
    expect(README).toContain(`\`${name}\``);
    if (typeof value === 'number' && value >= 5 && value < 1_000_000)
      expect(README).toContain(value.toLocaleString('en'));
  }
});
