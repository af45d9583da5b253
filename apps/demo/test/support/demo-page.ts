import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import { type ServerProcess, TOKEN } from '../../../server/test/support/server-process.ts';

/** What must never happen on the page, as it was seen. */
export interface Faults {
  readonly errors: readonly string[];
  readonly foreign: readonly string[];
}

export interface DemoPage {
  readonly server: ServerProcess;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly devtools: CDPSession;
  /** Console errors, exceptions and violations of the policy; and requests to other hosts. */
  faults(): Promise<Faults>;
  text(selector: string): Promise<string>;
}

/** Opens the demo of a server, with everything watched that must not happen. */
export async function openDemo(
  browser: Browser,
  server: ServerProcess,
  options: BrowserContextOptions = {},
): Promise<DemoPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error.stack)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== server.url) foreign.push(request.url());
  });
  await page.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(window, { violations });
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`),
    );
  });
  const devtools = await context.newCDPSession(page);
  await page.goto(`${server.url}/demo`);
  return {
    server,
    page,
    context,
    devtools,
    async faults() {
      const violations = await page.evaluate(() => (window as { violations?: string[] }).violations ?? []);
      return { errors: [...errors, ...violations], foreign };
    },
    async text(selector) {
      return (await page.locator(selector).textContent())?.replaceAll(/\s+/g, ' ').trim() ?? '';
    },
  };
}

/** Publishes past the page. Rejects unless all of it was taken. */
export async function publishPast(server: ServerProcess, events: unknown): Promise<void> {
  const response = await fetch(`${server.url}/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(events),
  });
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
}

export interface MemoryLevel {
  readonly heapMegabytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

/** What the page holds once everything is collected that can be. */
export async function memoryOf(devtools: CDPSession): Promise<MemoryLevel> {
  await devtools.send('Performance.enable');
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const read = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return {
    heapMegabytes: Math.round(read('JSHeapUsedSize') / 100_000) / 10,
    nodes: read('Nodes'),
    listeners: read('JSEventListeners'),
  };
}
