import { defineConfig } from 'tsup';
import base from '../../tsup.config.base';

export default defineConfig({
  ...base,
  entry: ['src/index.ts', 'src/node.ts', 'src/web.ts', 'src/testing.ts'],
});
