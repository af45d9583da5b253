import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, launchBrowser } from '../../../test/support/browser.ts';
import {
  eventually,
  killServers,
  type ServerProcess,
  startServer,
} from '../../server/test/support/server-process.ts';
import { weakTexts } from './support/contrast.ts';
import { openDemo, publishPast } from './support/demo-page.ts';

const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=1</script>',
  '"><svg onload=window.hacked=1>',
  'javascript:window.hacked=1',
  '\u202egnp.exe\u0000\u001b[31m',
];

let browser: Browser;
let server: ServerProcess;

/** Something of everything, so that all parts of the page show what they can. */
async function publishSamples(): Promise<void> {
  const timestamp = new Date().toISOString();
  await publishPast(server, [
    ...['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => ({
      type: 'log',
      level,
      message: `a line at level ${level}`,
      source: 'file',
      timestamp,
    })),
    { type: 'alert', name: 'cpu_usage', state: 'raised', value: 97, threshold: 90, timestamp },
    { type: 'alert', name: 'memory_usage', state: 'cleared', value: 60, threshold: 85, timestamp },
    { type: 'alert', name: 'other', state: 'something', timestamp },
    { type: 'demo.hello', text: 'an event' },
  ]);
}

describe.skipIf(browserPath === undefined)('the demo for everyone, in Chromium', () => {
  beforeAll(async () => {
    [browser, server] = await Promise.all([
      launchBrowser(),
      startServer({
        env: { PRODUCERS: 'all', METRIC_INTERVAL: '0.25', ALERT_RULES: 'none', RETRY_MS: '300' },
      }),
    ]);
    await publishSamples();
  });
  afterAll(async () => {
    await browser?.close();
    await killServers();
  });

  test('whatever is published stays text', async () => {
    const demo = await openDemo(browser, server);
    const { page, text } = demo;
    const images = await page.locator('img, svg, script').count();
    const timestamp = new Date().toISOString();
    const name = encodeURIComponent(HOSTILE[0] ?? '');
    const stream = new AbortController();
    await fetch(`${server.url}/stream?client_name=${name}&tags=${name.replaceAll('%20', '')}`, {
      signal: stream.signal,
    });
    for (const evil of HOSTILE)
      await publishPast(server, [
        { type: 'log', level: evil, message: evil, source: evil, timestamp, fields: { [evil]: evil } },
        { type: 'metric', name: evil, value: 1, timestamp },
        { type: 'metric', name: 'cpu_usage', value: evil, timestamp },
        { type: 'alert', name: evil, state: evil, value: 1, threshold: 2, timestamp },
        { type: 'demo.evil', [evil]: evil },
      ]);
    for (const body of [
      '{"type":"log","__proto__":{"message":"polluted"},"constructor":{"prototype":{"message":"polluted"}}}',
      '{"type":"metric","name":"__proto__","value":1,"timestamp":"2026-01-01T00:00:00Z"}',
      '{"type":"alert","name":"__proto__","state":"constructor"}',
      '{"type":"metric","name":"cpu_usage","value":1e400,"timestamp":"9999-99-99"}',
      '{"type":"metric","name":"cpu_usage","value":50,"timestamp":"9999-12-31T00:00:00Z"}',
      '{"type":"log","message":{"a":[1]},"level":7}',
      '{"type":"demo.null","a":null}',
    ])
      await publishPast(server, JSON.parse(body) as unknown).catch(() => undefined);
    await publishPast(server, {
      type: 'log',
      level: 'info',
      message: `long ${'x'.repeat(100_000)}`,
      timestamp,
    });
    await eventually(async () => expect(await text('#log-count')).toMatch(/\d\d lines/));
    await page.fill('#log-search', 'long xxx');
    await eventually(async () => expect(await text('#log-count')).toMatch(/^1 of/));
    await page.click('.log-row:not([hidden])');
    await expect.poll(() => text('#log-detail-text')).toMatch(/x … \[cut\]$/);
    await page.fill('#log-search', HOSTILE[0] ?? '');
    await page.waitForSelector('.log-row mark');
    await page.keyboard.press('Escape');
    await expect.poll(() => text('#clients')).toContain(HOSTILE[0]);
    await expect.poll(() => text('#alerts')).toContain(HOSTILE[0]);
    expect(await page.evaluate(() => Object.keys(window).filter((key) => key === 'hacked'))).toEqual([]);
    expect(
      await page.evaluate(() => ({}) as { message?: string }).then(({ message }) => message),
    ).toBeUndefined();
    expect(await page.locator('img, svg, script').count()).toBe(images);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await text('#status')).toMatch(/^Live/);
    expect(await demo.faults()).toEqual({ errors: [], foreign: [] });
    stream.abort();
    await demo.context.close();
  });

  test.each(['light', 'dark'] as const)(
    'every text has the contrast of AA, in the %s theme',
    async (colorScheme) => {
      const { page, text, context } = await openDemo(browser, server, { colorScheme });
      await eventually(async () => expect(await text('#alerts')).toContain('Memory'));
      await page.waitForSelector('#clients tr');
      await page.click('.log-row:not([hidden])');
      await page.fill('#log-search', 'line');
      await page.waitForSelector('mark');
      await page.click('#break-offline');
      await eventually(async () => expect(await text('#status-title')).toBe('Offline'));
      expect(await page.evaluate(weakTexts)).toEqual([]);
      await page.click('#publish button[type="submit"]');
      await expect.poll(() => text('#publish-answer')).toMatch(/401/);
      expect(await page.evaluate(weakTexts)).toEqual([]);
      await context.close();
    },
  );

  test('the theme of the page is that of the system, or the one that was chosen', async () => {
    const { page, context } = await openDemo(browser, server, { colorScheme: 'dark' });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    await page.click('#theme');
    expect(await background()).not.toBe(dark);
    await page.reload();
    expect(await page.textContent('#theme')).toBe('Theme: light');
    expect(await background()).not.toBe(dark);
    await page.click('#theme');
    expect(await background()).toBe(dark);
    await context.close();
  });

  test('everything that can be used has a name, and is reached with the keyboard in the order of the page', async () => {
    const { page, devtools, context } = await openDemo(browser, server);
    await page.waitForSelector('#clients tr');
    const { nodes } = await devtools.send('Accessibility.getFullAXTree');
    const nameless = nodes.filter(
      ({ ignored, role, name, properties }) =>
        !ignored &&
        role?.value !== 'RootWebArea' &&
        properties?.some((property) => property.name === 'focusable' && property.value.value === true) &&
        String(name?.value ?? '').trim() === '',
    );
    // Lines to copy are read by their content.
    expect(nameless.filter(({ role }) => role?.value !== 'code').map(({ role }) => role?.value)).toEqual([]);

    const expected = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('a[href], button, input, textarea, [tabindex="0"]')]
        .filter(
          (control) => control.tabIndex >= 0 && control.checkVisibility() && !control.matches(':disabled'),
        )
        .filter(
          (control) => !(control instanceof HTMLInputElement) || control.type !== 'radio' || control.checked,
        )
        .map((control) => control.id || control.textContent || control.tagName),
    );
    const reached: string[] = [];
    for (let step = 0; step < expected.length; step++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(() => {
          const control = document.activeElement as HTMLElement;
          return control.id || control.textContent || control.tagName;
        }),
      );
    }
    expect(reached).toEqual(expected);
    await context.close();
  });

  test('the log is read with the keyboard', async () => {
    const { page, text, context } = await openDemo(browser, server);
    await page.fill('#log-search', 'a line at level');
    await eventually(async () => expect(await text('#log-count')).toMatch(/^6 of/));
    await page.focus('#log-scroller');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    const chosen = await page.getAttribute('#log-scroller', 'aria-activedescendant');
    expect(await text(`#${chosen} .log-text`)).toBe('a line at level error');
    await page.keyboard.press('Enter');
    expect(await text('#log-detail-text')).toMatch(/error file a line at level error$/);
    await page.keyboard.press('Escape');
    expect(await page.isHidden('#log-detail')).toBe(true);
    await context.close();
  });

  test('nothing moves by itself for those who asked for that', async () => {
    const { page, context } = await openDemo(browser, server, { reducedMotion: 'reduce' });
    await page.waitForSelector('#clients tr');
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((target) => {
          const { transitionDuration, animationName } = getComputedStyle(target);
          return transitionDuration.split(', ').some((time) => time !== '0s') || animationName !== 'none';
        }).length,
    );
    expect(moving).toBe(0);
    await context.close();
  });

  test('at no width is anything cut off, or has to be scrolled sideways', async () => {
    const { page, context } = await openDemo(browser, server);
    await page.waitForSelector('#clients tr');
    await page.waitForFunction(() => document.querySelectorAll('.chart canvas').length === 6);
    for (const width of [320, 390, 699, 834, 1099, 1440, 2200]) {
      await page.setViewportSize({ width, height: 900 });
      // The charts take their new width on the next frames.
      await expect.poll(() => page.evaluate(cutOff), { message: `at ${width}` }).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    await context.close();
  });
});

/** What reaches beyond the right edge of the page. Runs within it. */
function cutOff(): readonly string[] {
  return [...document.querySelectorAll('main *, header *')]
    .filter((target) => target.checkVisibility())
    .filter((target) => target.closest('.log-scroller, .curl, .hidden-text, thead') === null)
    .filter((target) => target.getBoundingClientRect().right > innerWidth + 0.5)
    .map((target) => `${target.tagName}.${target.className}`);
}
