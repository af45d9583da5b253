import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { ROOT } from './support/repository.ts';

/** What a user's bundle grows by, at most, in bytes after minifying and gzip. What is loaded on demand is not in it. */
const BUDGETS: readonly { readonly entry: string; readonly file: string; readonly maxBytes: number }[] = [
  // The aim is 8,192; docs/decisions/0003-size-of-core.md says what was tried and what it would take.
  { entry: '@sse/core', file: 'packages/core/dist/index.js', maxBytes: 10_850 },
  // The aim is 6,144 for the root; docs/decisions/0004-size-of-client.md.
  { entry: '@sse/client', file: 'packages/client/dist/index.js', maxBytes: 11_000 },
  { entry: '@sse/client/event-source', file: 'packages/client/dist/event-source.js', maxBytes: 4_096 },
];

async function gzippedBytes(file: string): Promise<number> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(ROOT, file)],
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    mainFields: ['module', 'main'],
    platform: 'neutral', // an import of a Node builtin does not resolve here, and fails the test
    target: 'es2022',
    outdir: 'out',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const outputs = Object.entries(metafile.outputs);
  const entry = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(basename(file)))?.[0] ?? '';
  // The entry and what it imports from the start, but not what it imports on demand.
  const loaded = new Set([entry]);
  for (const name of loaded)
    for (const { path, kind } of metafile.outputs[name]?.imports ?? [])
      if (kind === 'import-statement') loaded.add(path);
  const names = new Set([...loaded].map((path) => basename(path)));
  return outputFiles
    .filter(({ path }) => names.has(basename(path)))
    .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).byteLength, 0);
}

test.each(BUDGETS)(
  '$entry is at most $maxBytes bytes, minified and gzipped',
  async ({ entry, file, maxBytes }) => {
    const bytes = await gzippedBytes(file);
    expect(bytes, `${entry} is ${bytes} bytes`).toBeGreaterThan(2_000);
    expect(bytes, `${entry} is ${bytes} bytes`).toBeLessThanOrEqual(maxBytes);
  },
);
