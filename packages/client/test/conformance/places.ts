import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { type ClientAdapter, type Job, type Observation, observeAll } from './observe.ts';
import type { Place } from './run.ts';

/** Of its six connections to a host a browser keeps one for what a case opens besides. */
const CONCURRENCY = 5;

/** In this process. */
export function here(adapter: ClientAdapter): Place {
  return (lanes) => Promise.all(lanes.map((jobs) => observeAll(adapter, jobs, CONCURRENCY)));
}

declare global {
  var observeJobs: (
    client: string,
    jobs: readonly Job[],
    concurrency: number,
  ) => Promise<readonly Observation[]>;
}

/** In a browser, one page for each lane. `client` is a name in clients/browser.ts. */
export function inBrowser(browser: Browser, client: string): Place {
  return async (lanes) => {
    const script = await bundle('./clients/browser.ts', 'browser');
    return Promise.all(
      lanes.map(async (jobs) => {
        const first = jobs[0];
        if (first === undefined) return [];
        const page = await browser.newPage();
        await page.goto(`${first.home}/-/page`);
        await page.addScriptTag({ content: script });
        const observations = await page.evaluate(
          ([name, list, concurrency]) => globalThis.observeJobs(name, list, concurrency),
          [client, jobs, CONCURRENCY] as const,
        );
        await page.close();
        return observations;
      }),
    );
  };
}

/** One file with all it needs, for a runtime that reads no TypeScript. */
export async function bundle(entry: string, platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    platform,
    format: platform === 'browser' ? 'iife' : 'esm',
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
