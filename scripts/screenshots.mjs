// `npm run screenshots`: takes the pictures of the demo in docs/images, three sizes in both themes. Needs what `npm run build`
// builds, Chromium, and five minutes, in which a hub runs and its connections are broken.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from './browser.mjs';
import { withPalette } from './png-palette.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IMAGES = join(ROOT, 'docs', 'images');
/** Width and height of a page, and pixels for each of its own. `whole` shows all of it, however long. */
const SIZES = {
  phone: { width: 390, height: 844, scale: 2 },
  tablet: { width: 834, height: 1_112, scale: 1 },
  wide: { width: 1_440, height: 900, scale: 1, whole: true },
};
const TOKEN = 'token-of-the-screenshots';
/** Enough for curves that fill most of a chart: a page gets them with the history. */
const WARM_UP_MS = 200_000;
const AWAY_MS = 14_000;

const folder = await mkdtemp(join(tmpdir(), 'sse-screenshots-'));
const server = spawn(process.execPath, [join(ROOT, 'apps', 'server', 'dist', 'main.js')], {
  cwd: folder,
  env: {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: '0',
    PUBLISH_TOKEN: TOKEN,
    HISTORY_SIZE: '5000',
    ALERT_RULES: 'cpu_usage:55:35,sse_clients:8:6',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((resolve) => {
  server.stdout.on('data', (text) => {
    const found = /"url":"([^"]+)"/.exec(String(text))?.[1];
    if (found !== undefined) resolve(found.replace('localhost', '127.0.0.1'));
  });
});

function publish(...events) {
  return fetch(`${url}/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(events),
  });
}

/** Something to be seen: orders, lines at every level, and a load that rises and falls. */
async function live() {
  for (let n = 1; ; n++) {
    const timestamp = new Date().toISOString();
    const log = (level, message) =>
      publish({ type: 'log', level, message, source: 'file', timestamp, fields: { order: n } });
    await publish({ type: 'demo.order.created', order: n, total: 10 + ((n * 7) % 90) });
    await log('info', `order ${n} paid`);
    if (n % 3 === 0) await log('debug', `stock asked for, ${n % 11} left`);
    if (n % 7 === 0) await log('warn', 'the payment took 1,840 ms');
    if (n % 13 === 0) await log('error', 'the warehouse does not answer; it is asked again');
    const until = Date.now() + (n % 20 < 4 ? 1_500 : 120);
    while (Date.now() < until) {
      const slice = Date.now() + 30;
      while (Date.now() < slice) Math.sqrt(slice);
      await wait(15);
    }
    await wait(1_400, undefined, { ref: false });
  }
}

/** A page that was away, then forgot its cursor, and is well again. */
async function take(browser, name, { width, height, scale, whole }, colorScheme) {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme,
  });
  const page = await context.newPage();
  const click = (id) => page.evaluate((found) => document.getElementById(found)?.click(), id);
  await page.goto(`${url}/demo`);
  await wait(3_000);
  await click('break-forget');
  await wait(9_000);
  await click('break-offline');
  await wait(AWAY_MS);
  await click('break-offline');
  await wait(8_000);
  // A picture of the full page would take every list back to its beginning.
  if (whole)
    await page.setViewportSize({
      width,
      height: await page.evaluate(() => document.documentElement.scrollHeight),
    });
  await wait(1_000);
  const file = `demo-${name}-${colorScheme}.png`;
  const image = withPalette(await page.screenshot());
  await writeFile(join(IMAGES, file), image);
  console.log(`docs/images/${file}: ${Math.round(image.length / 1_000)} kB`);
  await context.close();
}

const readers = new AbortController();
const browser = await chromium.launch({ executablePath: findBrowser(), args: [...BROWSER_FLAGS] });
try {
  const asked = ['client_name=checkout&tags=shop,eu', 'client_name=warehouse&tags=stock'].map((query) =>
    fetch(`${url}/stream?topics=orders.**&${query}`, { signal: readers.signal }),
  );
  // Held, as a response that nobody holds is collected, and its connection with it.
  const streams = await Promise.all(asked);
  void live();
  await wait(WARM_UP_MS);
  await mkdir(IMAGES, { recursive: true });
  for (const [name, size] of Object.entries(SIZES))
    for (const theme of ['light', 'dark']) await take(browser, name, size, theme);
  if (streams.some(({ ok }) => !ok)) process.exitCode = 1;
} finally {
  readers.abort();
  await browser.close();
  server.kill();
  await rm(folder, { recursive: true, force: true });
}
process.exit();
