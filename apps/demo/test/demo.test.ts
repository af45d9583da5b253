import type { Browser, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, launchBrowser } from '../../../test/support/browser.ts';
import {
  eventually,
  killServers,
  type ServerProcess,
  startServer,
  TOKEN,
} from '../../server/test/support/server-process.ts';
import { type DemoPage, openDemo, publishPast } from './support/demo-page.ts';

const MAX_TRANSFER_BYTES = 100_000;

let browser: Browser;
let server: ServerProcess;
let demo: DemoPage;

const connectedClients = async (): Promise<readonly Record<string, unknown>[]> =>
  ((await (await fetch(`${server.url}/clients`)).json()) as { clients: Record<string, unknown>[] }).clients;

const clientNamed = async (name: string): Promise<Record<string, unknown> | undefined> =>
  (await connectedClients()).find((client) => client['client_name'] === name);

/** The lines that a search brings, the newest of them. */
async function search(text: string): Promise<readonly string[]> {
  await demo.page.fill('#log-search', text);
  await demo.page.waitForFunction(() => document.querySelector('#log-empty')?.textContent !== 'Searching…');
  return demo.page.locator('.log-row:not([hidden]) .log-text').allTextContents();
}

async function count(title: string): Promise<number> {
  const value = demo.page.locator('#counters > div', { hasText: title }).locator('.counter-value');
  return Number((await value.textContent())?.replaceAll(',', ''));
}

describe.skipIf(browserPath === undefined)('the demo in Chromium', () => {
  beforeAll(async () => {
    [browser, server] = await Promise.all([
      launchBrowser(),
      startServer({
        env: {
          PRODUCERS: 'all',
          METRIC_INTERVAL: '0.25',
          HEARTBEAT_INTERVAL: '1',
          RETRY_MS: '300',
          ALERT_RULES: 'sse_clients:3:2',
          HISTORY_SIZE: '5000',
        },
      }),
    ]);
    await publishPast(server, { type: 'log', level: 'info', message: 'from before the page was there' });
    demo = await openDemo(browser, server);
  });
  afterAll(async () => {
    await browser.close();
    await killServers();
  });

  test('shows live data, and the history from before it was opened', async () => {
    const { page, text } = demo;
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.chart-value')].every(({ textContent }) => textContent !== '–'),
    );
    await eventually(async () => expect(await text('#status')).toMatch(/^Live last heartbeat (just now|\d)/));
    await eventually(async () => expect(await count('Events')).toBeGreaterThan(1));
    await eventually(async () => expect(await text('#counters')).toMatch(/Latency\s?\d+ ms/));
    expect(await search('from before the page')).toEqual(['from before the page was there']);
    expect(await count('Gaps')).toBe(0);
    await search('');
    const own = page.locator('#clients tr', { hasText: 'this page' });
    await expect.poll(() => own.textContent()).toMatch(/demo.*dashboard.*metric, log, alert/);
  });

  test('the charts stand still when paused, and show the time that was chosen', async () => {
    const { page } = demo;
    const picture = () =>
      page.evaluate(() => document.querySelector<HTMLCanvasElement>('.chart canvas')?.toDataURL() ?? '');
    await page.click('#pause');
    await page.waitForSelector('#charts.is-paused');
    await eventually(async () => {
      const before = await picture();
      await page.waitForTimeout(500);
      expect(await picture()).toBe(before);
    });
    const paused = await picture();
    await page.click('#ranges label:nth-of-type(3)');
    await eventually(async () => expect(await picture()).not.toBe(paused));
    await page.click('#ranges label:nth-of-type(1)');
    await page.click('#pause');
    await expect.poll(() => page.getAttribute('#pause', 'aria-pressed')).toBe('false');
  });

  test('the cursor is one for all charts', async () => {
    const { page } = demo;
    await page.hover('.chart[data-metric="cpu_usage"] .u-over', { position: { x: 200, y: 60 } });
    await eventually(async () => {
      const times = await page.locator('.chart-at').allTextContents();
      expect(new Set(times).size).toBe(1);
      expect(times[0]).toMatch(/^\d\d:\d\d:\d\d$/);
    });
    await page.hover('h1');
  });

  test('a dropped connection comes back by itself, and the replay fills the hole', async () => {
    const { page, text } = demo;
    const [reconnects, replayed] = [await count('Reconnects'), await count('Replayed')];
    await page.click('#break-drop');
    await eventually(async () => expect(await text('#status')).toMatch(/^Reconnecting the network failed/));
    for (let number = 0; number < 5; number++) await publishPast(server, { type: 'demo.hole', number });
    await eventually(async () =>
      expect(await text('#outcome')).toMatch(/^Back after \d.* s: \d+ events replayed, none lost\.$/),
    );
    expect((await search('"number"')).map((line) => JSON.parse(line).number)).toEqual([0, 1, 2, 3, 4]);
    expect(await count('Reconnects')).toBe(reconnects + 1);
    expect(await count('Replayed')).toBeGreaterThan(replayed + 5);
    expect(await count('Gaps')).toBe(0);
    expect(await search('Connection lost')).toEqual(['Connection lost: the network failed']);
    await search('');
  });

  test('offline nothing comes, and all of it comes when it is back', async () => {
    const { page, text } = demo;
    await page.click('#break-offline');
    await eventually(async () => expect(await text('#status')).toMatch(/^Offline as you asked/));
    await eventually(async () => expect(await clientNamed('demo')).toBeUndefined());
    await publishPast(server, { type: 'demo.meanwhile' });
    await eventually(async () => expect(await text('#outcome')).toMatch(/^Away for .* as you asked/));
    await page.waitForTimeout(500);
    await page.click('#break-offline');
    await eventually(async () => expect(await text('#outcome')).toMatch(/replayed, none lost/));
    expect(await search('demo.meanwhile')).toHaveLength(1);
    await search('');
  });

  test('a forgotten cursor is told as a gap', async () => {
    const { page, text } = demo;
    await page.click('#break-forget');
    await eventually(async () =>
      expect(await text('#outcome')).toMatch(/^Gap \(unknown\): events may be missing/),
    );
    expect(await count('Gaps')).toBe(1);
    expect(await search('Gap (unknown)')).toHaveLength(1);
    // All of the history came again, and nothing of it stands there twice.
    expect(await search('from before the page')).toHaveLength(1);
    expect(await search('demo.meanwhile')).toHaveLength(1);
    await search('');
  });

  test('topics change while the stream goes on', async () => {
    const { page, text } = demo;
    await page.click('#topics [value="heartbeat"]');
    await eventually(async () =>
      expect((await clientNamed('demo'))?.['topics']).toEqual(
        expect.not.arrayContaining(['heartbeat']) as unknown,
      ),
    );
    await page.fill('#more-topics', 'orders.**, x');
    await page.press('#more-topics', 'Enter');
    await eventually(async () =>
      expect((await clientNamed('demo'))?.['topics']).toEqual(
        expect.arrayContaining(['metric', 'orders.**', 'x']) as unknown,
      ),
    );
    await publishPast(server, { type: 'orders.eu.created', id: 17 });
    await eventually(async () => expect(await search('orders.eu')).toHaveLength(1));
    await expect.poll(() => page.textContent('[data-curl="stream"] code')).toContain('orders.**');
    expect(await count('Gaps')).toBe(1);
    await search('');

    await page.fill('#more-topics', '');
    for (const topic of ['metric', 'log', 'alert', 'demo.**']) await page.click(`#topics [value="${topic}"]`);
    expect(await text('#stream-note')).toMatch(/at least one topic/);
    for (const topic of ['metric', 'log', 'alert', 'demo.**', 'heartbeat'])
      await page.click(`#topics [value="${topic}"]`);
    await eventually(async () => expect((await clientNamed('demo'))?.['topics']).toHaveLength(5));
    expect(await text('#stream-note')).toBe('');
  });

  test('another name and other tags cost no event; disconnecting and connecting neither', async () => {
    const { page, text } = demo;
    await page.fill('#client-name', 'ann');
    await page.fill('#client-tags', 'a, b');
    await page.press('#client-tags', 'Enter');
    await eventually(async () => expect((await clientNamed('ann'))?.['tags']).toEqual(['a', 'b']));
    await expect.poll(() => text('#clients tr.is-own')).toMatch(/^annthis page/);
    await page.click('#connect');
    await eventually(async () => expect(await text('#status')).toMatch(/^Disconnected/));
    await eventually(async () => expect(await clientNamed('ann')).toBeUndefined());
    await publishPast(server, { type: 'demo.unheard' });
    await page.waitForTimeout(500);
    await page.click('#connect');
    await eventually(async () => expect(await text('#outcome')).toMatch(/replayed, none lost/));
    expect(await search('demo.unheard')).toHaveLength(1);
    await search('');
  });

  test('what is published comes back, and what is refused says why', async () => {
    const { page, text } = demo;
    await page.click('#publish button[type="submit"]');
    await expect.poll(() => text('#publish-answer')).toMatch(/^401 Unauthorized: /);
    await page.fill('#publish-payload', '{"text":');
    await page.click('#publish button[type="submit"]');
    await expect.poll(() => text('#publish-answer')).toMatch(/^Expected JSON/);
    await page.fill('#publish-payload', '{"text":"Hello from the form"}');
    await page.fill('#publish-token', TOKEN);
    await page.click('#publish button[type="submit"]');
    await expect.poll(() => text('#publish-answer')).toMatch(/^202 Accepted: \S+-\d+$/);
    await eventually(async () => expect(await search('Hello from the form')).toHaveLength(1));
    await search('');
    expect(await page.content()).not.toContain(TOKEN);
    expect(
      await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])),
    ).not.toContain(TOKEN);
  });

  test('alerts show their state', async () => {
    const { page, text } = demo;
    const streams = new AbortController();
    await Promise.all([1, 2].map(() => fetch(`${server.url}/stream`, { signal: streams.signal })));
    await expect
      .poll(() => page.locator('#alerts [data-state="raised"]').textContent())
      .toMatch(/SSE clients/);
    expect(await text('#alerts-count')).toBe('1 raised');
    streams.abort();
    await expect.poll(() => page.locator('#alerts [data-state="cleared"]').count()).toBe(1);
  });

  test('a hidden page draws nothing, and is up to date when it is seen again', async () => {
    const { page } = demo;
    const hide = (isHidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    await hide(true);
    await page.waitForTimeout(300);
    const changes = await page.evaluate(async () => {
      let seen = 0;
      const observer = new MutationObserver((records) => (seen += records.length));
      observer.observe(document.body, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      observer.disconnect();
      return seen;
    });
    expect(changes).toBe(0);
    await publishPast(server, { type: 'demo.hidden' });
    await hide(false);
    await eventually(async () => expect(await search('demo.hidden')).toHaveLength(1));
    await search('');
  });

  test('every curl line can be copied', async () => {
    const { page, context } = demo;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    for (const place of await page.locator('[data-curl]').all()) {
      const line = await place.locator('code').textContent();
      expect(line).toMatch(/^curl .*'http:\/\/127\.0\.0\.1:\d+\/(health|clients|stream|events)/);
      await place.locator('button').click();
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(line);
    }
  });

  test('nothing went wrong on the way: no error, no violation of the policy, no request elsewhere', async () => {
    const { errors, foreign } = await demo.faults();
    // Chromium itself writes a line for each request that fails or is refused, and those above were meant to.
    const meant = /401 \(Unauthorized\)/;
    expect(errors.filter((error) => !meant.test(error))).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test('it loads in under 100 kB', async () => {
    const page = await browser.newPage();
    const requests: Request[] = [];
    page.on('requestfinished', (request) => {
      if (new URL(request.url()).pathname.startsWith('/demo')) requests.push(request);
    });
    await page.goto(`${server.url}/demo`);
    await expect.poll(() => page.textContent('#status-title')).toBe('Live');
    // The page, its script, its style and its icon.
    await expect.poll(() => requests.length).toBeGreaterThanOrEqual(4);
    const sizes = await Promise.all(requests.map((request) => request.sizes()));
    const total = sizes.reduce((sum, size) => sum + size.responseHeadersSize + size.responseBodySize, 0);
    expect(total).toBeLessThan(MAX_TRANSFER_BYTES);
    expect(total).toBeGreaterThan(20_000);
    await page.close();
  });
});
