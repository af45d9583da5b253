import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // One more than cores: many tests wait for processes and browsers of theirs, and leave a core idle meanwhile.
    maxWorkers: availableParallelism() + 1,
    projects: ['packages/*', 'apps/*', 'test'],
    reporters: ['default', './scripts/plain-reporter.mjs'],
    coverage: { provider: 'v8', include: ['packages/*/src/**', 'apps/*/src/**'] },
  },
});
