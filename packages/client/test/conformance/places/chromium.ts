import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BROWSER_FLAGS, findBrowser } from '../../../../../scripts/browser.mjs';
import type { Observation } from '../observe.ts';
import type { Place } from '../run.ts';
import { bundle } from './bundle.ts';

const FLAGS = [
  ...BROWSER_FLAGS,
  '--headless=new',
  // Nothing is said over this pipe: with its other end, wherever that ends, Chromium ends too.
  '--remote-debugging-pipe',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];
const DEADLINE_MS = 120_000;

/**
 * In a Chromium of its own, each lane in a frame. `client` is a name in ../clients/all.ts, or `native`.
 *
 * The page fetches its jobs and posts what it observed. A browser under remote control would report each packet of
 * each stream to its controller, which takes longer than all the cases.
 */
export function inChromium(client: string): Place {
  return async (lanes) => {
    const used = lanes.flatMap((jobs, lane) => (jobs.length > 0 ? [{ lane, home: jobs[0]?.home }] : []));
    const observed: (readonly Observation[])[] = lanes.map(() => []);
    const script = await bundle('./page.ts', 'browser');
    let resolve = () => {};
    let reject = (_: unknown) => {};
    const done = new Promise<void>((...settle) => {
      [resolve, reject] = settle;
    });
    // It may fail before it is waited for.
    done.catch(() => {});
    let missing = used.length;

    const answer = async (request: IncomingMessage): Promise<string> => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://page/');
      const lane = Number(searchParams.get('lane'));
      if (pathname === '/script.js') return script;
      if (pathname === '/jobs') return JSON.stringify({ client, jobs: lanes[lane] });
      if (pathname !== '/observed')
        return used.map((one) => frame(one.home ?? '', one.lane, request)).join('');
      observed[lane] = JSON.parse(await text(request));
      if (--missing === 0) resolve();
      return '';
    };
    const server = createServer((request, response) => {
      const type = request.url?.startsWith('/script.js') ? 'text/javascript' : 'text/html';
      response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Content-Type', type);
      answer(request).then((body) => response.end(body), reject);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const profile = await mkdtemp(join(tmpdir(), 'conformance-'));
    const browser = start(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, profile);
    browser.on('error', reject);
    browser.on('exit', () => reject(new Error('Chromium ended before all was observed')));
    const timer = setTimeout(() => reject(new Error('Chromium did not observe all in time')), DEADLINE_MS);
    try {
      if (missing > 0) await done;
      return observed;
    } finally {
      clearTimeout(timer);
      await stop(browser);
      server.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

function frame(home: string, lane: number, { headers }: IncomingMessage): string {
  return `<iframe src="${home}/-/page?script=http://${headers.host}/script.js&lane=${lane}"></iframe>`;
}

function start(url: string, profile: string): ChildProcess {
  const browser = findBrowser();
  if (browser === undefined) throw new Error('No Chromium on this machine');
  return spawn(browser, [...FLAGS, `--user-data-dir=${profile}`, url], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
}

async function stop(browser: ChildProcess): Promise<void> {
  if (browser.exitCode !== null || browser.signalCode !== null || browser.pid === undefined) return;
  const exited = once(browser, 'exit');
  browser.kill('SIGKILL');
  await exited;
}
