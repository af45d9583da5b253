// Takes the pictures of the demo in docs/images: three sizes in both themes. Needs what `npm run build` builds, and Chromium.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from './browser.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SIZES = { phone: [390, 844], tablet: [834, 1112], wide: [1440, 900] };
const TOKEN = 'token-of-the-screenshots';
/** Enough for a curve, an alert and a reconnect to be seen. */
const WATCHED_MS = 75_000;

const folder = await mkdtemp(join(tmpdir(), 'sse-screenshots-'));
const server = spawn(process.execPath, [join(ROOT, 'apps/server/dist/main.js')], {
  cwd: folder,
  env: {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: '0',
    PUBLISH_TOKEN: TOKEN,
    HISTORY_SIZE: '5000',
    ALERT_RULES: 'cpu_usage:60:40,memory_usage:90:85',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((resolve) => {
  server.stdout.on('data', (text) => {
    const found = /"url":"([^"]+)"/.exec(String(text))?.[1];
    if (found !== undefined) resolve(found.replace('localhost', '127.0.0.1'));
  });
});

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const publish = (event) =>
  fetch(`${url}/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(event),
  });

/** Something to be seen: a load that rises and falls. */
function work(ms) {
  const until = Date.now() + ms;
  const burn = () => {
    const slice = Date.now() + 40;
    while (Date.now() < slice) Math.sqrt(slice);
    if (Date.now() < until) setTimeout(burn, 5);
  };
  burn();
}

const browser = await chromium.launch({ executablePath: findBrowser(), args: [...BROWSER_FLAGS] });
try {
  const abort = new AbortController();
  for (const [name, tags] of [
    ['checkout', 'shop,eu'],
    ['warehouse', 'stock'],
  ])
    await fetch(`${url}/stream?client_name=${name}&tags=${tags}&topics=orders.**`, { signal: abort.signal });
  const pages = [];
  for (const [size, [width, height]] of Object.entries(SIZES))
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      await page.goto(`${url}/demo`);
      pages.push({ page, file: `demo-${size}-${colorScheme}.png` });
    }
  const startedAt = Date.now();
  for (let n = 1; Date.now() - startedAt < WATCHED_MS; n += 1) {
    await publish({ type: 'demo.order', id: n, total: 10 + ((n * 7) % 90) });
    if (n % 9 === 0) work(3_000);
    if (n === 20) for (const { page } of pages) await page.click('#break-offline');
    if (n === 26) for (const { page } of pages) await page.click('#break-offline');
    await wait(1_500);
  }
  await mkdir(join(ROOT, 'docs/images'), { recursive: true });
  for (const { page, file } of pages) {
    await page.screenshot({ path: join(ROOT, 'docs/images', file), fullPage: true });
    console.log(`docs/images/${file}`);
  }
  abort.abort();
} finally {
  await browser.close();
  server.kill();
  await rm(folder, { recursive: true, force: true });
}
