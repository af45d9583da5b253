import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, publishOk } from '../apps/server/test/support/http.ts';
import { killServers, type ServerProcess, startServer } from '../apps/server/test/support/server-process.ts';
import { browserPath, launchBrowser } from './support/browser.ts';
import { ROOT, run } from './support/repository.ts';
import { TcpProxy } from './support/tcp-proxy.ts';

const EXAMPLES = join(ROOT, 'examples');
const until = (check: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(check, { timeout: 20_000, interval: 20 });
const isThere = async (command: string): Promise<boolean> =>
  (await run(ROOT, 'sh', '-c', `command -v ${command}`)).exitCode === 0;
const hasCurl = await isThere('curl');
const hasPython = await isThere('python3');

let hub: ServerProcess;
let proxy: TcpProxy;
let child: ChildProcess | undefined;

const metric = (value: number): Promise<unknown> =>
  publishOk(hub, { type: 'metric', name: 'cpu_usage', value, unit: 'percent' });
const isConnected = (): Promise<void> =>
  until(async () => expect((await ask(hub, '/clients')).body['count']).toBe(1));

beforeEach(async () => {
  hub = await startServer({ env: { RETRY_MS: '250' } });
  proxy = await TcpProxy.start(() => hub.port);
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await proxy.close();
  await killServers();
});

/** Starts a program that prints what it received, and answers with what it has printed so far. */
function printed(command: string, ...args: readonly string[]): () => string {
  let text = '';
  child = spawn(command, args, { cwd: EXAMPLES, stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

/** The values, in the order in which they were printed. */
const values = (text: string, pattern: RegExp): readonly number[] =>
  [...text.matchAll(pattern)].map(([, value]) => Number(value));

/** What every program has to do: print what comes, and after a cut what it missed. */
async function goesOnAfterCut(output: () => string, pattern: RegExp): Promise<void> {
  await isConnected();
  await metric(1);
  await until(() => expect(values(output(), pattern)).toEqual([1]));
  proxy.off();
  await metric(2);
  await metric(3);
  proxy.on();
  await until(() => expect(values(output(), pattern)).toEqual([1, 2, 3]));
  await metric(4);
  await until(() => expect(values(output(), pattern)).toEqual([1, 2, 3, 4]));
}

test('the Node client prints what comes, and after a cut what it missed', async () => {
  const output = printed(process.execPath, 'node-client.mjs', `${proxy.url}/stream`);
  await goesOnAfterCut(output, /cpu_usage (\d+)/g);
});

test.skipIf(!hasCurl)('the shell script prints what comes, and after a cut what it missed', async () => {
  const output = printed('sh', 'stream.sh', `${proxy.url}/stream`, 'metric');
  await goesOnAfterCut(output, /"value":(\d+)/g);
});

test.skipIf(!hasPython)('the Python client prints what comes, and after a cut what it missed', async () => {
  const output = printed('python3', 'client.py', `${proxy.url}/stream`);
  await goesOnAfterCut(output, /"value":(\d+)/g);
});

describe.skipIf(browserPath === undefined)('in Chromium', () => {
  let browser: Browser | undefined;
  let site: Server | undefined;

  afterAll(async () => {
    await browser?.close();
    site?.close();
    site?.closeAllConnections();
  });

  async function openSite(files: Readonly<Record<string, { type: string; text: string }>>): Promise<Page> {
    browser ??= await launchBrowser();
    site?.close();
    site = createServer((request, response) => {
      const file = files[new URL(request.url ?? '/', 'http://site').pathname];
      response.writeHead(file === undefined ? 404 : 200, { 'Content-Type': file?.type ?? 'text/plain' });
      response.end(file?.text);
    });
    await new Promise<void>((resolve) => site?.listen(0, '127.0.0.1', resolve));
    const page = await browser.newPage();
    const { port } = site.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/?url=${encodeURIComponent(`${proxy.url}/stream`)}`);
    return page;
  }

  test('the plain page shows what comes as text, and says when something may be missing', async () => {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(join(EXAMPLES, 'native.html'), 'utf8');
    const page = await openSite({ '/': { type: 'text/html', text } });
    await isConnected();
    await publishOk(hub, { type: 'metric', name: '<b>cpu</b>', value: 7, unit: 'percent' });
    await until(async () => expect(await page.textContent('#metrics')).toBe('<b>cpu</b>: 7 percent'));
    await killServers();
    hub = await startServer({ env: { RETRY_MS: '250' } });
    await until(async () => expect(await page.textContent('#state')).toBe('events may be missing: unknown'));
    await page.close();
  });

  test('the React page shows the latest, with one connection under StrictMode, and closes it at the end', async () => {
    const { outputFiles } = await build({
      entryPoints: [join(EXAMPLES, 'react/main.tsx')],
      bundle: true,
      format: 'esm',
      jsx: 'automatic',
      write: false,
      define: { 'process.env.NODE_ENV': '"development"' },
    });
    const page = await openSite({
      '/': {
        type: 'text/html',
        text: '<!doctype html><div id="root"></div><script type="module" src="/main.js"></script>',
      },
      '/main.js': { type: 'text/javascript', text: outputFiles[0]?.text ?? '' },
    });
    await until(async () => expect(await page.textContent('#state')).toBe('open'));
    expect(proxy.connections).toBe(1);
    await metric(5);
    await until(async () => expect(await page.textContent('#metric')).toBe('cpu_usage: 5 percent'));
    await page.click('button');
    await publishOk(hub, { type: 'alert', name: 'cpu_usage', state: 'raised' });
    await until(async () => expect(await page.textContent('#alert')).toBe('cpu_usage: raised'));
    expect(await page.textContent('#metric')).toBe('cpu_usage: 5 percent');
    await page.close();
    await until(async () => expect((await ask(hub, '/clients')).body['count']).toBe(0));
  });
});
