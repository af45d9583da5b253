import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sendProblem } from '@sse/express';
import type { Request, RequestHandler, Response } from 'express';

export interface DemoPageOptions {
  /** Where the built page is. @defaultValue the `dist` of the package `demo` */
  readonly folder?: string | undefined;
}

interface PageFile {
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
}

/** What the page may do: run and show its own files, and talk to this server. Inline code and other hosts are out. */
export const DEMO_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const METHODS = ['GET', 'HEAD'];
const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
});
const NOT_BUILT = 'The demo is not built: run `npm run build`, and ask again';

/**
 * Serves the demo's built page below the path where it is mounted.
 *
 * Only what its build folder held at the first request is ever answered, by exact name and from memory: no path that a
 * client sends reaches the file system. Where there is no build, every request is answered with a 404 that says so, until
 * there is one.
 */
export function demoPage({ folder = demoFolder() }: DemoPageOptions = {}): RequestHandler {
  let files: ReadonlyMap<string, PageFile> | undefined;

  async function answer(request: Request, response: Response): Promise<void> {
    if (!METHODS.includes(request.method)) {
      const detail = `Expected GET or HEAD, got ${request.method}`;
      return sendProblem(response, { status: 405, detail, headers: { Allow: METHODS.join(', ') } });
    }
    files ??= await loadFiles(folder);
    if (files === undefined) return sendProblem(response, { status: 404, detail: NOT_BUILT });
    const name = request.path === '/' ? 'index.html' : request.path.slice(1);
    const file = files.get(name);
    if (file === undefined)
      return sendProblem(response, { status: 404, detail: 'Nothing of the demo is there' });
    send(file, request, response);
  }

  return (request, response, next) => {
    answer(request, response).catch(next);
  };
}

/** Whether there is a build to serve now: what is announced to clients has to be there. */
export function isDemoBuilt({ folder = demoFolder() }: DemoPageOptions = {}): boolean {
  return folder !== undefined && existsSync(join(folder, 'index.html'));
}

function send(file: PageFile, request: Request, response: Response): void {
  const zipped = request.acceptsEncodings('gzip', 'identity') === 'gzip';
  const body = zipped ? file.gzipped : file.bytes;
  response.set({
    'Cache-Control': file.cacheControl,
    'Content-Security-Policy': DEMO_POLICY,
    'Content-Type': file.contentType,
    'Cross-Origin-Opener-Policy': 'same-origin',
    ETag: file.etag,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  response.vary('Accept-Encoding');
  if (request.fresh) return void response.status(304).end();
  if (zipped) response.set('Content-Encoding', 'gzip');
  response.set('Content-Length', String(body.byteLength));
  response.status(200);
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}

function demoFolder(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('demo/package.json')), 'dist');
  } catch {
    return undefined;
  }
}

/** Every file of the build by its name, such as `assets/index-abc.js`; `undefined` without an `index.html`. */
async function loadFiles(folder: string | undefined): Promise<ReadonlyMap<string, PageFile> | undefined> {
  if (folder === undefined) return undefined;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, PageFile>();
  for (const entry of entries) {
    const contentType = TYPES[extname(entry.name)];
    if (!entry.isFile() || contentType === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1).replaceAll('\\', '/');
    files.set(name, toPageFile(name, contentType, await readFile(path)));
  }
  return files.has('index.html') ? files : undefined;
}

function toPageFile(name: string, contentType: string, bytes: Buffer): PageFile {
  return {
    bytes,
    gzipped: gzipSync(bytes, { level: 9 }),
    contentType,
    // Vite puts a hash of the content into the names below `assets`; the page itself names the newest of them.
    cacheControl: name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    // Weak, as the same tag stands for the bytes and for the gzip of them.
    etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
  };
}
