import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { ROOT } from './support/repository.ts';

/** What a user's bundle grows by, at most, in bytes after minifying and gzip. */
const BUDGETS: readonly { readonly entry: string; readonly file: string; readonly maxBytes: number }[] = [
  // The aim is 8,000; docs/decisions/0003-size-of-core.md says what was tried and what it would take.
  { entry: '@sse/core', file: 'packages/core/dist/index.js', maxBytes: 11_100 },
];

async function gzippedBytes(file: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, file)],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral', // an import of a Node builtin does not resolve here, and fails the test
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).byteLength, 0);
}

test.each(BUDGETS)(
  '$entry is at most $maxBytes bytes, minified and gzipped',
  async ({ entry, file, maxBytes }) => {
    const bytes = await gzippedBytes(file);
    expect(bytes, `${entry} is ${bytes} bytes`).toBeLessThanOrEqual(maxBytes);
  },
);
