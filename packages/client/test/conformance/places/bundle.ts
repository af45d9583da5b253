import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** A module and all it needs as one, for what reads no TypeScript. `entry` is a file in this folder. */
export async function bundle(entry: string, platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    platform,
    format: 'esm',
    target: 'es2022',
    // What is CommonJS inside asks for Node's own modules by `require`.
    banner: { js: platform === 'node' ? REQUIRE : '' },
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
