import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import { project } from '../../vitest.project.ts';

const source = (file: string): string => fileURLToPath(new URL(`../core/src/${file}`, import.meta.url));

export default mergeConfig(project('redis'), {
  // Five versions of clients, loaded once a worker and not once a file.
  test: { isolate: false },
  // Core's sources, so that its tests and these see the same code without a build in between.
  resolve: {
    alias: [
      { find: /^@sse\/core$/, replacement: source('index.ts') },
      { find: /^@sse\/core\/testing$/, replacement: source('testing.ts') },
    ],
  },
});
