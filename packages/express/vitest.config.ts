import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import { project } from '../../vitest.project.ts';

const source = (file: string): string => fileURLToPath(new URL(`../core/src/${file}`, import.meta.url));

export default mergeConfig(project('express', { isolate: false }), {
  // Core's sources, so that its tests and these see the same code without a build in between.
  resolve: {
    alias: [
      { find: /^@sse\/core$/, replacement: source('index.ts') },
      { find: /^@sse\/core\/(node|testing)$/, replacement: source('$1.ts') },
    ],
  },
});
