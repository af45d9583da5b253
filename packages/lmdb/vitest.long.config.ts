import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** `npm run test:long`: what takes minutes and measures; not part of `npm test`. */
export default defineConfig({
  ...config,
  test: {
    name: 'lmdb-long',
    include: ['long/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
