import { defineConfig } from 'vite';

/** Where `npm start` listens: `pnpm --filter demo dev` shows the page over its data. */
const HUB = 'http://localhost:8000';

export default defineConfig({
  base: '/demo/',
  build: {
    // What reads well in the sources, such as light-dark(), is known to these.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    // Its polyfill would be code that no browser of the target needs.
    modulePreload: false,
  },
  server: {
    proxy: Object.fromEntries(
      ['/stream', '/clients', '/events', '/health'].map((path) => [
        path,
        { target: HUB, changeOrigin: true },
      ]),
    ),
  },
});
