import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The default leaves a core to a watcher; on two cores that is half of them.
    maxWorkers: '100%',
    projects: ['packages/*', 'apps/*', 'test'],
    reporters: ['default', './scripts/plain-reporter.mjs'],
    coverage: { provider: 'v8', include: ['packages/*/src/**', 'apps/*/src/**'] },
  },
});
