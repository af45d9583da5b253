import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNginx } from '../../../../scripts/nginx.mjs';
import { eventually, type ServerProcess } from './server-process.ts';

/** nginx for a test; `undefined` where there is none, which is an error with `CI` set. */
export const nginxPath: string | undefined = findNginx();
if (nginxPath === undefined && (process.env['CI'] ?? '') !== '')
  throw new Error('Expected an nginx for the tests in CI: set NGINX_PATH, or put one on PATH');

const CONFIG = readFileSync(new URL('../../../../deploy/nginx.conf', import.meta.url), 'utf8');

/** Streams of one address in a test, instead of 2,000. */
export const MAX_STREAMS = 20;

/** An nginx with `deploy/nginx.conf`, of which only addresses, folders and `MAX_STREAMS` are replaced. */
export class NginxProcess {
  readonly url: string;
  readonly plainUrl: string;
  private readonly folder: string;
  private readonly child: ChildProcess;
  private err = '';

  constructor(folder: string, ports: { readonly tls: number; readonly plain: number }) {
    this.folder = folder;
    this.url = `https://127.0.0.1:${ports.tls}`;
    this.plainUrl = `http://127.0.0.1:${ports.plain}`;
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'];
    this.child = spawn(nginxPath ?? 'nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
  }

  /** The file of the certificate, which vouches for itself. */
  get certificate(): string {
    return join(this.folder, 'tls.crt');
  }

  read(file: 'access.log' | 'error.log'): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  /** Reloads as `nginx -s reload` does, and waits until the old workers serve only what they have. */
  async reload(): Promise<void> {
    this.child.kill('SIGHUP');
    await eventually(() => {
      if (!this.read('error.log').includes('gracefully shutting down')) throw new Error('not reloaded yet');
    });
  }

  /** Waits until it answers. */
  async listening(): Promise<this> {
    await eventually(async () => {
      if (this.child.exitCode !== null) throw new Error(`nginx ended: ${this.err}`);
      await fetch(this.plainUrl, { redirect: 'manual' });
    });
    return this;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts nginx before one server. */
export async function startNginx(server: ServerProcess): Promise<NginxProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'sse-nginx-'));
  const [tls, plain] = [await freePort(), await freePort()];
  const names = ['-subj', '/CN=events.example.com', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const files = ['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')];
  execFileSync('openssl', ['req', '-x509', ...key, ...names, ...files], { stdio: 'ignore' });
  writeFileSync(join(folder, 'nginx.conf'), configFor(folder, server, tls, plain));
  return new NginxProcess(folder, { tls, plain }).listening();
}

function configFor(folder: string, server: ServerProcess, tls: number, plain: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const replacements: readonly (readonly [string, string])[] = [
    ['listen [::]:80;', ''],
    ['listen 80;', `listen 127.0.0.1:${plain};`],
    ['listen [::]:443 ssl http2 so_keepalive=30s:10s:3;', ''],
    ['listen 443 ', `listen 127.0.0.1:${tls} `],
    ['server server-1:8000 max_fails=1 fail_timeout=5s;', `server 127.0.0.1:${server.port};`],
    ['server server-2:8000 max_fails=1 fail_timeout=5s;', ''],
    ['/run/nginx.pid', join(folder, 'nginx.pid')],
    ['/var/log/nginx/error.log', join(folder, 'error.log')],
    ['/var/log/nginx/access.log', join(folder, 'access.log')],
    ['/etc/nginx/tls/tls.crt', join(folder, 'tls.crt')],
    ['/etc/nginx/tls/tls.key', join(folder, 'tls.key')],
    ['streams_of_address 2000;', `streams_of_address ${MAX_STREAMS};`],
    ['worker_processes auto;', 'worker_processes 1;'],
    ['http {', `http { ${temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join(' ')}`],
  ];
  return replacements.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`deploy/nginx.conf has not one \`${from}\``);
    return text.replace(from, () => to);
  }, CONFIG);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
