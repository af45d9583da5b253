import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { message } from './support/frames.ts';
import { scriptedServer, silent, status, streaming } from './support/scripted-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'sse-client-'));
const client = join(folder, 'client.mjs');

beforeAll(async () => {
  const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile: client, bundle: true, format: 'esm', platform: 'node' });
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | string | null;
  readonly output: string;
}

/** Runs a program that has `open(options)`. */
function run(url: string, program: string): Promise<Ended> {
  const source = `
    import { openEventStream } from ${JSON.stringify(client)};
    const open = (options) => openEventStream(${JSON.stringify(url)}, { minDelayMs: 1, maxDelayMs: 300, ...options });
    ${program}`;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '-e', source],
      { timeout: 10_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : (error.code ?? error.signal ?? null);
        resolve({ code, output: stdout + stderr });
      },
    );
  });
}

describe('a Node process', () => {
  test('lives on while its stream waits for the next attempt', async () => {
    const server = await scriptedServer(status(503), status(503), status(503), streaming(message(1)));
    const program = `open().on('metric', ({ n }) => { console.log('got', n); process.exit(); });`;
    expect(await run(server.url, program)).toEqual({ code: 0, output: 'got 1\n' });
    expect(server.requests).toHaveLength(4);
  });

  test('ends while its stream waits, where it is asked to by `unref`', async () => {
    const server = await scriptedServer(status(503, { 'Retry-After': '3600' }));
    expect(await run(server.url, `open({ unref: true });`)).toEqual({ code: 0, output: '' });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['is open', streaming(message(1)), 'open'],
    ['waits', status(503, { 'Retry-After': '3600' }), 'waiting'],
    ['is refused', status(404), 'closed'],
  ])('ends when its stream is closed as it %s', async (_, answer, state) => {
    const server = await scriptedServer(answer);
    const program = `const stream = open(); stream.on('status', ({ state }) => state === '${state}' && stream.close());`;
    expect(await run(server.url, program)).toEqual({ code: 0, output: '' });
  });

  test('ends when its stream is closed while no answer has come', async () => {
    const server = await scriptedServer(silent);
    expect(await run(server.url, `setTimeout((stream) => stream.close(), 50, open());`)).toEqual({
      code: 0,
      output: '',
    });
  });

  test('is not ended by topics that nobody waits for, when the stream is closed', async () => {
    const server = await scriptedServer(silent);
    const program = `const stream = open(); stream.setTopics(['a']); stream.close();`;
    expect(await run(server.url, program)).toEqual({ code: 0, output: '' });
  });

  test('is not ended by a handler that throws', async () => {
    const server = await scriptedServer(streaming(message(1), message(2)));
    const program = `
      open().on('metric', ({ n }) => {
        if (n === 2) process.exit(7);
        throw new Error('oops');
      });`;
    const { code, output } = await run(server.url, program);
    expect(code).toBe(7);
    expect(output).toContain('Error: oops');
  });

  test('with `shared` and without Web Locks has a connection of its own', async () => {
    const server = await scriptedServer(streaming(message(1)));
    const program = `
      Reflect.deleteProperty(globalThis, 'navigator'); // Node 24 brings Web Locks
      const stream = open({ shared: true, resume: true });
      stream.on('metric', ({ n }) => { console.log('got', n, stream.status.role); stream.close(); });`;
    expect(await run(server.url, program)).toEqual({ code: 0, output: 'got 1 undefined\n' });
  });
});
