import { defineConfig } from 'tsup';
import base from '../../tsup.config.base';

export default defineConfig({
  ...base,
  // So that the entries share their parts, and what is loaded on demand is a file of its own.
  splitting: true,
  entry: ['src/index.ts', 'src/event-source.ts', 'src/react.ts'],
});
