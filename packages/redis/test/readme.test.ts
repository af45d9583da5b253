import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { REDIS_EVENT_LOG_DEFAULTS } from '../src/index.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const README = await readFile(join(PACKAGE, 'README.md'), 'utf8');
// Inside the package, so that the examples find what its users have installed.
const folder = join(PACKAGE, 'node_modules', '.readme-examples');

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the README's examples compile in a strict program", async () => {
  const examples = [...README.matchAll(/<!-- example: ([a-z-]+) -->\n```ts\n([\s\S]*?)```/g)];
  expect(examples.map(([, name]) => name)).toEqual(['redis', 'ioredis']);
  await mkdir(folder, { recursive: true });
  for (const [, name, code = ''] of examples) await writeFile(join(folder, `${name}.ts`), code);
  const paths = { '@sse/redis': ['../../src/index.ts'] };
  const compilerOptions = { paths, types: ['node'], noPropertyAccessFromIndexSignature: false };
  const config = { extends: '../../../../tsconfig.base.json', compilerOptions, include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const printed = await new Promise<string>((resolve) => {
    const tsc = join(PACKAGE, '../../node_modules/typescript/bin/tsc');
    execFile(process.execPath, [tsc, '-p', folder], (_, stdout) => resolve(stdout));
  });
  expect(printed).toBe('');
});

test('the README names every option, with its default', () => {
  const table = README.slice(README.indexOf('## Options'), README.indexOf('## What is lost'));
  for (const [name, value] of Object.entries(REDIS_EVENT_LOG_DEFAULTS)) {
    const row = table.split('\n').find((line) => line.split('|')[1]?.includes(`\`${name}\``)) ?? '';
    const shown = { maxAgeMs: 'a day', maxPendingBytes: '64 MiB' }[name] ?? value.toLocaleString('en');
    expect(row, name).toContain(shown);
  }
});
