import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/repository.ts';

test('the lockfile names no registry, so that an install uses the one of whoever runs it', async () => {
  const lines = (await readFile(join(ROOT, 'pnpm-lock.yaml'), 'utf8')).split('\n');
  expect(lines.filter((line) => /https?:\/\/|^\s*tarball:|[{,]\s*tarball:/.test(line))).toEqual([]);
});

test('every package in the lockfile is pinned by a hash', async () => {
  const text = await readFile(join(ROOT, 'pnpm-lock.yaml'), 'utf8');
  const resolutions = text.match(/^ {4}resolution: .*$/gm) ?? [];
  expect(resolutions.length).toBeGreaterThan(100);
  expect(resolutions.filter((line) => !line.includes('{integrity: sha512-'))).toEqual([]);
});
