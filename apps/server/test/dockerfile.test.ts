import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readDockerfile, textsOf, wordsOf } from './support/dockerfile.ts';
import { eventually } from './support/server-process.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BUILD_MS = 600_000;

/** The files of the repository that `.dockerignore` lets into a build. */
function contextFiles(): readonly string[] {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const isTaken = (path: string): boolean =>
    lines.some((line) => line.startsWith('!') && `${path}/`.startsWith(`${line.slice(1)}/`));
  const isLeftOut = (path: string): boolean =>
    lines
      .filter((line) => line.startsWith('**/'))
      .some((line) => path.split('/').some((part) => part === line.slice(3) || part.endsWith(line.slice(4))));
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  return files.filter((path) => isTaken(path) && !isLeftOut(path));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('what a build needs is let in, and neither tests nor secrets are', () => {
  const files = contextFiles();
  expect(files).toEqual(
    expect.arrayContaining(['package.json', 'pnpm-lock.yaml', 'apps/server/src/main.ts']),
  );
  expect(files.filter((path) => /(^|\/)(test|node_modules|dist|\.env)(\/|$)|\.test\.ts$/.test(path))).toEqual(
    [],
  );
});

// Installs and builds all anew: one to three minutes.
describe.skipIf((process.env['LONG'] ?? '') === '')('in a clean folder', () => {
  test(
    'the commands of the Dockerfile install, build and start a server that passes its health check',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sse-image-'));
      const placed = (text: string): string => text.replace(/^\/(?=src\/|app\/)/, `${folder}/`);
      const [build = [], image = []] = readDockerfile();
      for (const path of contextFiles()) cpSync(join(ROOT, path), join(folder, 'src', path));
      const path = (process.env['PATH'] ?? '').split(':').filter((part) => !part.includes('node_modules'));
      const env = { ...process.env, NODE_ENV: undefined, VITEST: undefined, PATH: path.join(':') };
      for (const command of textsOf(build, 'RUN'))
        execFileSync('sh', ['-c', command.replace('/app', join(folder, 'app'))], {
          cwd: join(folder, 'src'),
          env,
          stdio: ['ignore', 'ignore', 'inherit'],
        });
      for (const copy of textsOf(image, 'COPY').filter((text) => !text.endsWith('/app /app'))) {
        const [from = '', to = ''] = copy.split(' ').filter((word) => !word.startsWith('--'));
        cpSync(placed(from), placed(to), { recursive: true });
      }

      // What the image adds as root (tini, the folder /data) is not done here.
      const app = join(folder, 'app');
      const before = readdirSync(app, { recursive: true }).length;
      const port = String(await freePort());
      const settings = { PATH: env.PATH, NODE_ENV: 'production', DATA_DIR: join(folder, 'data'), PORT: port };
      const [command = '', ...args] = wordsOf(textsOf(image, 'CMD')[0] ?? '');
      const server = spawn(command, args, { cwd: app, env: settings, stdio: 'ignore' });
      const ended = once(server, 'exit');
      const [check = '', ...checkArgs] = wordsOf(textsOf(image, 'HEALTHCHECK')[0] ?? '');
      const health = (): Buffer => execFileSync(check, checkArgs, { env: settings, stdio: 'pipe' });
      try {
        await eventually(health, 30_000);
        expect((await fetch(`http://127.0.0.1:${port}/demo/`)).status).toBe(200);
      } finally {
        server.kill('SIGTERM');
      }
      expect(await ended).toEqual([0, null]);
      expect(health).toThrow();
      expect(readdirSync(app, { recursive: true }).length).toBe(before);
      rmSync(folder, { recursive: true });
    },
    BUILD_MS,
  );
});
