// Where the tests find Chromium. `node scripts/browser.mjs` installs it where that can be.
import { fileURLToPath } from 'node:url';
import { findProgram, provideProgram } from './test-program.mjs';

const CHROMIUM = {
  variable: 'CHROME_PATH',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  aptPackage: 'chromium',
  neededBy: 'the tests in a browser',
};

/** The browser in `CHROME_PATH`, or the first that is on PATH; `undefined` without one. */
export function findBrowser() {
  return findProgram(CHROMIUM);
}

/** Flags without which Chromium asks hosts of its own, or does not start as root. */
export const BROWSER_FLAGS = Object.freeze([
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]);

if (process.argv[1] === fileURLToPath(import.meta.url)) provideProgram(CHROMIUM);
