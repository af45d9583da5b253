import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { plant, ROOT, run, runOk, temporaryFolder } from './support/repository.ts';

async function lintSize(
  files: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; stderr: string }> {
  const folder = await temporaryFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await plant(folder, files);
  await runOk(folder, 'git', 'init', '--quiet');
  return run(folder, process.execPath, join(ROOT, 'scripts', 'lint-size.mjs'));
}

const lines = (count: number): string => 'export {};\n'.repeat(count);

test('files of 300 lines pass, and longer ones that give a reason', async () => {
  const result = await lintSize({
    'src/edge.ts': lines(300),
    'src/table.ts': `/** A table. */\n// Over 300 lines: one table, read as a whole.\n${lines(400)}`,
    '.gitignore': 'dist/\n',
    'dist/bundle.js': lines(5000),
  });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a longer file without a reason, or with it too far down, is reported', async () => {
  const result = await lintSize({
    'src/long.ts': lines(301),
    'src/silent.mjs': `// Over 300 lines:\n${lines(400)}`,
    'src/late.ts': `${lines(10)}// Over 300 lines: too late to be seen.\n${lines(400)}`,
  });
  expect(result.exitCode).toBe(1);
  expect(result.stderr.match(/^\S+: \d+ lines/gm)?.sort()).toEqual([
    'src/late.ts: 411 lines',
    'src/long.ts: 301 lines',
    'src/silent.mjs: 401 lines',
  ]);
});
