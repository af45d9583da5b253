import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest } from '../test/support/http.ts';
import type { ServerProcess } from '../test/support/server-process.ts';
import { DEMO_POLICY, demoPage, isDemoBuilt } from './demo-page.ts';

const PAGE = '<!doctype html><title>demo</title>';
const SCRIPT = `export const a = 1; // ${'x'.repeat(2_000)}`;

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sse-demo-'));
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true });
  await writeFile(join(folder, 'dist', 'index.html'), PAGE);
  await writeFile(join(folder, 'dist', 'icon.svg'), '<svg/>');
  await writeFile(join(folder, 'dist', 'notes.txt'), 'no type of ours');
  await writeFile(join(folder, 'dist', 'assets', 'index-abc.js'), SCRIPT);
  await writeFile(join(folder, 'secret.html'), 'secret');
  const app = express()
    .disable('x-powered-by')
    .use('/demo', demoPage({ folder: join(folder, 'dist') }))
    .use('/none', demoPage({ folder: join(folder, 'none') }));
  server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the page', () => {
  test.each(['/demo', '/demo/', '/demo?theme=dark', '/demo/index.html'])('is at %s', async (path) => {
    const response = await fetch(url + path);
    expect([response.status, await response.text()]).toEqual([200, PAGE]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-cache',
      'content-security-policy': DEMO_POLICY,
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });

  test('may run nothing inline, be framed by nobody, and talk to no other host', () => {
    expect(DEMO_POLICY).not.toMatch(/unsafe|\*|https?:/);
    for (const part of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"])
      expect(DEMO_POLICY.split('; ')).toContain(part);
  });

  test('is answered to HEAD without a body', async () => {
    const response = await fetch(`${url}/demo`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
  });

  test('is not sent again to who has it', async () => {
    const etag = (await fetch(`${url}/demo`)).headers.get('etag') ?? '';
    // `fetch` asks past all caches where it is given a condition, unless it is told otherwise.
    const ask = (known: string) =>
      fetch(`${url}/demo`, { headers: { 'If-None-Match': known, 'Cache-Control': 'max-age=0' } });
    const again = await ask(etag);
    expect([again.status, await again.text()]).toEqual([304, '']);
    const other = await ask('"other"');
    expect([other.status, await other.text()]).toEqual([200, PAGE]);
  });
});

test('assets, which have hashes in their names, are kept for good', async () => {
  const response = await fetch(`${url}/demo/assets/index-abc.js`);
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await response.text()).toBe(SCRIPT);
});

test('goes out as gzip to who takes it, and as it is to others', async () => {
  const ask = (encodings: string) =>
    rawRequest(
      { port: (server.address() as AddressInfo).port } as ServerProcess,
      `GET /demo/assets/index-abc.js HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept-Encoding: ${encodings}\r\n\r\n`,
    );
  const zipped = await fetch(`${url}/demo/assets/index-abc.js`, { headers: { 'Accept-Encoding': 'gzip' } });
  expect(zipped.headers.get('content-encoding')).toBe('gzip');
  expect(zipped.headers.get('vary')).toContain('Accept-Encoding');
  expect(Number(zipped.headers.get('content-length'))).toBeLessThan(200);
  expect(await ask('identity')).toContain(SCRIPT);
  expect(await ask('gzip;q=0, br')).toContain(SCRIPT);
});

describe('what is not there is a problem', () => {
  test.each([
    ['GET', '/demo/none.js', 404],
    ['GET', '/demo/assets', 404],
    ['GET', '/demo/assets/', 404],
    ['GET', '/demo/notes.txt', 404],
    ['GET', '/demo/__proto__', 404],
    ['HEAD', '/demo/none.js', 404],
    ['POST', '/demo', 405],
    ['PUT', '/demo/', 405],
    ['DELETE', '/demo/assets/index-abc.js', 405],
  ])('%s %s: %i', async (method, path, status) => {
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    if (status === 405) expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  test.each([
    '/demo/../secret.html',
    '/demo/%2e%2e/secret.html',
    '/demo/..%2fsecret.html',
    '/demo/..\\secret.html',
    '/demo//../secret.html',
    '/demo/assets/../../secret.html',
    '/demo/%00',
    '/demo/%ff',
  ])('%s leads nowhere', async (path) => {
    const { port } = server.address() as AddressInfo;
    const answer = await rawRequest(
      { port } as ServerProcess,
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 40[04] /);
    expect(answer).not.toContain('\r\n\r\nsecret');
  });

  test('a demo that was not built says how to build it, and is served once it is', async () => {
    const response = await fetch(`${url}/none`);
    expect([response.status, await response.json()]).toEqual([
      404,
      expect.objectContaining({ detail: expect.stringContaining('npm run build') }),
    ]);
    expect(isDemoBuilt({ folder: join(folder, 'none') })).toBe(false);
    await mkdir(join(folder, 'none'));
    await writeFile(join(folder, 'none', 'index.html'), PAGE);
    expect((await fetch(`${url}/none`)).status).toBe(200);
    expect(isDemoBuilt({ folder: join(folder, 'none') })).toBe(true);
  });
});
