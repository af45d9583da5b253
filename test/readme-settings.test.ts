import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plant, ROOT, run, temporaryFolder } from './support/repository.ts';

const SCRIPT = join(ROOT, 'scripts', 'readme-settings.mjs');

let folder: string;
let readme: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  readme = await readFile(join(ROOT, 'README.md'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the settings in README.md are those that the server reads; `npm run readme` writes them', async () => {
  const { exitCode, stderr } = await run(ROOT, process.execPath, SCRIPT, '--check');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('a README with other settings is told of, and repaired', async () => {
  const path = join(folder, 'README.md');
  await plant(folder, { 'README.md': readme.replace('| `PORT` | `8000` |', '| `PORT` | `8080` |') });
  const { exitCode, stderr } = await run(folder, process.execPath, SCRIPT, '--check', path);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('npm run readme');
  expect((await run(folder, process.execPath, SCRIPT, path)).exitCode).toBe(0);
  expect(await readFile(path, 'utf8')).toBe(readme);
});

test('a README without its marks is told of', async () => {
  await plant(folder, { 'none.md': '# Nothing\n' });
  const { exitCode } = await run(folder, process.execPath, SCRIPT, '--check', join(folder, 'none.md'));
  expect(exitCode).toBe(1);
});
