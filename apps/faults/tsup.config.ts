import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    main: 'src/main.ts',
    'client-process': 'src/clients/client-process.ts',
    storm: 'src/clients/storm.ts',
  },
  format: ['esm'],
  target: 'es2022',
  sourcemap: true,
  clean: true,
});
