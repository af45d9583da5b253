import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    main: 'src/main.ts',
    'server-process': 'src/server/server-process.ts',
    'load-process': 'src/load/load-process.ts',
    'log-process': 'src/logs/log-process.ts',
    collect: 'src/systems/collect.ts',
  },
  format: ['esm'],
  target: 'es2022',
  sourcemap: true,
  clean: true,
});
