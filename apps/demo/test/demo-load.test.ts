import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, launchBrowser } from '../../../test/support/browser.ts';
import { eventually, killServers, startServer, TOKEN } from '../../server/test/support/server-process.ts';
import { type DemoPage, memoryOf, openDemo, publishPast } from './support/demo-page.ts';

/** Lines that the log keeps; what scrolls and is searched is as much at any length of a test. */
const LINES = 100_000;
const BATCH = 10_000;
/** `npm run test:long` lives through whole hours. */
const HOUR_SECONDS = process.env['LONG'] === undefined ? 900 : 3_600;
const HOURS = 3;
const METRICS = [
  'cpu_usage',
  'memory_usage',
  'load_1m',
  'event_loop_lag_ms',
  'network_rx_bytes_per_s',
  'sse_clients',
];
/** A hub that takes whole batches of these tests, and lets no reader fall behind. */
const LARGE = {
  MAX_BATCH: '30000',
  MAX_BODY_BYTES: '16000000',
  MAX_QUEUE_SIZE: '200000',
  MAX_QUEUE_BYTES: '90000000',
};

let browser: Browser;

async function inBatches(demo: DemoPage, events: readonly unknown[], batch = BATCH): Promise<void> {
  for (let start = 0; start < events.length; start += batch)
    await publishPast(demo.server, events.slice(start, start + batch));
}

/** Times between animation frames while something goes on in the page, in milliseconds, sorted. */
function frameTimes(demo: DemoPage, action: 'scroll' | 'search'): Promise<readonly number[]> {
  return demo.page.evaluate(async (what) => {
    const scroller = document.querySelector('#log-scroller') as HTMLElement;
    const field = document.querySelector('#log-search') as HTMLInputElement;
    const times: number[] = [];
    const end = scroller.scrollHeight - scroller.clientHeight;
    const words = ['l', 'li', 'line 9', 'line 99', 'line 999', 'line 99', 'nothing like it', ''];
    let before = performance.now();
    for (let frame = 0; frame < 120; frame++) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      times.push(now - before);
      before = now;
      // To and fro over all of it, near and far.
      if (what === 'scroll') scroller.scrollTop = end * Math.abs(Math.sin(frame / 9)) + frame * 37;
      else if (frame % 12 === 0) {
        field.value = words[frame / 12] ?? '';
        field.dispatchEvent(new Event('input', { bubbles: true }));
      }
    }
    return times.slice(1).sort((a, b) => a - b);
  }, action);
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(sorted.length * share)] ?? 0;

describe.skipIf(browserPath === undefined)('the demo under load, in Chromium', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await killServers();
  });

  test('a hundred thousand lines scroll smoothly, and are searched as one types', async () => {
    const server = await startServer({ env: { ...LARGE, HISTORY_SIZE: '100', HISTORY_BYTES: '90000000' } });
    const demo = await openDemo(browser, server);
    await expect.poll(() => demo.text('#status-title')).toBe('Live');
    const lines = Array.from({ length: LINES + BATCH }, (_, index) => ({
      type: 'log',
      level: index % 50 === 0 ? 'error' : 'info',
      source: 'file',
      message: `line ${index} of a log that says what a log says, request=${index * 7919} took=${index % 97}ms`,
    }));
    await inBatches(demo, lines);
    await eventually(async () => expect(await demo.text('#log-count')).toBe('100,000 lines'), 15_000);

    const scrolling = await frameTimes(demo, 'scroll');
    const searching = await frameTimes(demo, 'search');
    expect(at(scrolling, 0.5)).toBeLessThan(34);
    expect(at(searching, 0.5)).toBeLessThan(34);
    // Elements for what can be seen, not for what there is.
    expect(await demo.page.locator('.log-row').count()).toBeLessThan(80);

    await demo.page.fill('#log-search', 'LINE 10499');
    await expect.poll(() => demo.text('#log-count')).toBe('11 of 100,000 lines');
    await demo.page.fill('#log-search', '');
    // Who reads is left alone; who comes back to the end follows again.
    await demo.page.evaluate(() => {
      (document.querySelector('#log-scroller') as HTMLElement).scrollTop = 1_000_000;
    });
    await demo.page.waitForSelector('#log-jump:not([hidden])');
    const readable = async (): Promise<readonly string[]> =>
      (await demo.page.locator('.log-row:not([hidden]) .log-text').allTextContents()).toSorted();
    const before = await readable();
    await publishPast(server, lines.slice(0, 500));
    await expect.poll(() => demo.text('#log-jump')).toBe('Jump to newest (500 new)');
    const shared = (await readable()).filter((line) => before.includes(line));
    expect(shared.length).toBeGreaterThan(before.length - 4);
    await demo.page.click('#log-jump');
    await expect.poll(readable).toContain(lines[499]?.message);
    expect(await demo.page.isHidden('#log-jump')).toBe(true);
    expect(await demo.faults()).toEqual({ errors: [], foreign: [] });
    await demo.context.close();
    await server.stop();
  }, 60_000);

  test('hours of events leave the memory and the elements where the first hour had them', async () => {
    const server = await startServer({ env: { ...LARGE, HISTORY_SIZE: '1000' } });
    const demo = await openDemo(browser, server);
    await expect.poll(() => demo.text('#status-title')).toBe('Live');
    const levels = [];
    for (let hour = 0; hour < HOURS; hour++) {
      const start = Date.now() - (HOURS - hour) * HOUR_SECONDS * 1_000;
      const events = Array.from({ length: HOUR_SECONDS }, (_, second) => {
        const timestamp = new Date(start + second * 1_000).toISOString();
        const metrics = METRICS.map((name) => ({
          type: 'metric',
          name,
          value: Math.random() * 100,
          timestamp,
        }));
        const alert = {
          type: 'alert',
          name: `alert_${second % 200}`,
          state: second % 2 === 0 ? 'raised' : 'cleared',
          value: second,
          threshold: 1,
          timestamp,
        };
        const log = {
          type: 'log',
          level: 'info',
          message: `second ${second} of hour ${hour}`,
          source: 'x',
          timestamp,
        };
        return [...metrics, log, ...(second % 20 === 0 ? [alert] : [])];
      }).flat();
      await inBatches(demo, events, 15_000);
      await eventually(
        async () =>
          expect(await demo.page.locator('.log-text').allTextContents()).toContain(
            `second ${HOUR_SECONDS - 1} of hour ${hour}`,
          ),
        15_000,
      );
      await demo.page.waitForTimeout(400);
      levels.push(await memoryOf(demo.devtools));
    }
    const [first, second, third] = levels;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no levels');
    // Lines of the log may still come, up to their bound: a second or so each, well below a kilobyte.
    expect(third.heapMegabytes - second.heapMegabytes).toBeLessThan(2);
    expect(third.heapMegabytes).toBeLessThan(40);
    expect(third.nodes).toBeLessThan(first.nodes + 100);
    expect(third.listeners).toBeLessThan(first.listeners + 20);
    expect(await demo.faults()).toEqual({ errors: [], foreign: [] });
    await demo.context.close();
    await server.stop();
  }, 60_000);

  test('a slow reader is seen with its queue, and ended without anybody else noticing', async () => {
    const server = await startServer({ env: { PRODUCERS: 'all', METRIC_INTERVAL: '0.1' } });
    const { page, text, context } = await openDemo(browser, server);
    await page.click('#break-slow');
    await expect.poll(() => text('#clients')).toContain('slow-reader');
    await expect.poll(() => text('#slow-text')).toMatch(/buffers between it and the server/);
    await page.fill('#publish-token', TOKEN);
    await page.click('#flood');
    await eventually(async () => expect(await text('#slow-text')).toMatch(/events wait for it/), 40_000);
    await eventually(async () => expect(await text('#slow-text')).toMatch(/The server ended it/), 20_000);
    await expect.poll(() => page.getAttribute('#break-slow', 'aria-pressed')).toBe('false');
    expect(await text('#status')).toMatch(/^Live/);
    expect(await text('#counters')).toMatch(/Reconnects\s?0.*Gaps\s?0/);
    await context.close();
    await server.stop();
  }, 60_000);
});
