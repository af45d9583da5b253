import { type Browser, chromium } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from '../../scripts/browser.mjs';

/** Chromium for a test; `undefined` where there is none, which is an error with `CI` set. */
export const browserPath: string | undefined = findBrowser();
if (browserPath === undefined && (process.env['CI'] ?? '') !== '')
  throw new Error('Expected a Chromium for the browser tests in CI: set CHROME_PATH, or put one on PATH');

/** Starts it headless. Use with `describe.skipIf(browserPath === undefined)`, and close it in `afterAll`. */
export async function launchBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error('No Chromium on this machine');
  return chromium.launch({ executablePath: browserPath, args: [...BROWSER_FLAGS] });
}
