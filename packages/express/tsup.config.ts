import { defineConfig } from 'tsup';
import base from '../../tsup.config.base';

export default defineConfig({
  ...base,
  // So that the entries share their parts: a refusal made by one is known to the other.
  splitting: true,
  entry: ['src/index.ts', 'src/auth.ts', 'src/metrics.ts', 'src/tracing.ts'],
});
