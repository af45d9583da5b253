import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PackedPackage, packPackages } from './support/packed-packages.ts';
import { publishedPackages, ROOT, run, temporaryFolder } from './support/repository.ts';

const names = (await publishedPackages()).map(({ name }) => name);

let folder: string;
let packed: readonly PackedPackage[];

beforeAll(async () => {
  folder = await temporaryFolder();
  packed = await packPackages(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const tarballOf = (name: string): string => packed.find((found) => found.name === name)?.tarball ?? '';

test('there are packages to check', () => {
  expect(names).toContain('@sse/core');
  expect(names).toContain('@sse/express');
});

test.each(names)('publint finds nothing wrong with the tarball of %s', async (name) => {
  const { exitCode, stdout, stderr } = await run(ROOT, 'publint', 'run', tarballOf(name), '--strict');
  expect(exitCode, stdout + stderr).toBe(0);
});

test.each(names)('the types of %s are right for each way to resolve a module', async (name) => {
  const { exitCode, stdout, stderr } = await run(
    ROOT,
    'attw',
    tarballOf(name),
    '--no-emoji',
    '--format',
    'ascii',
  );
  expect(exitCode, stdout + stderr).toBe(0);
});
