import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import {
  freePort,
  linkPackages,
  RunningExample,
  readExamples,
  readUntil,
} from './support/readme-examples.ts';
import { plant, run, runOk, temporaryFolder } from './support/repository.ts';

const README = await readExamples('README.md');
const EXPRESS = await readExamples('packages/express/README.md');
const CLIENT = await readExamples('packages/client/README.md');
const REDIS = await readExamples('packages/redis/README.md');

const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    skipLibCheck: true,
    outDir: 'out',
    rootDir: '.',
    types: ['node'],
    lib: ['es2023', 'esnext.disposable', 'dom'],
    jsx: 'react-jsx',
  },
  include: ['*.ts', '*.tsx'],
};

const WEB_USER = `
import { announce, GET } from './web.js';
const response = await GET(new Request('http://localhost/events'));
console.log(response.status, response.headers.get('content-type'));
await announce('hello');
const decoder = new TextDecoder();
for await (const bytes of response.body!) {
  const text = decoder.decode(bytes);
  console.log(text);
  if (text.includes('hello')) break;
}
`;

// Where this compiles without the comment, `publish` is not typed by topic.
const WRONG = `
// @ts-expect-error
await broadcaster.publish('orders.paid', { id: 'seventeen' });
`;

let folder: string;
let example: RunningExample | undefined;

/** All examples, compiled as a user's strict program would be, into `out`. */
beforeAll(async () => {
  folder = await temporaryFolder();
  await linkPackages(folder);
  const named = [
    ...[...README].map(([name, code]) => [`${name}.ts`, code]),
    ...[...EXPRESS].map(([name, code]) => [`express-${name}.ts`, code]),
    ...[...CLIENT].map(([name, code]) => [`client-${name}.${name === 'react' ? 'tsx' : 'ts'}`, code]),
    ...[...REDIS].map(([name, code]) => [`redis-${name}.ts`, code]),
  ];
  await plant(folder, {
    'package.json': JSON.stringify({ name: 'reader', private: true, type: 'module' }),
    'tsconfig.json': JSON.stringify(TSCONFIG),
    'web-user.ts': WEB_USER,
    'wrong.ts': README.get('express') + WRONG,
    ...Object.fromEntries(named),
  });
});
afterEach(() => example?.kill('SIGKILL'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts an example and opens its stream, as soon as it listens. */
async function open(name: string, path: string, init: RequestInit = {}): Promise<Response> {
  const running = new RunningExample(join(folder, 'out', `${name}.js`), await freePort());
  example = running;
  return vi.waitFor(() => fetch(running.url + path, init), { timeout: 10_000, interval: 20 });
}

test('README.md has the examples that are run here', () => {
  expect([...README.keys()]).toEqual(['express', 'authorize', 'node', 'web']);
});

test("the client's README has the examples that are compiled here", () => {
  expect([...CLIENT.keys()]).toEqual(['stream', 'token', 'react', 'event-source']);
});

test("the Redis log's README has the examples that are compiled here", () => {
  expect([...REDIS.keys()]).toEqual(['log', 'factory', 'presence']);
});

test('every example compiles in a strict program, and a payload of another topic does not', async () => {
  const { exitCode, stdout } = await run(folder, 'tsc', '-p', '.');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
});

test('the Express example streams what its route publishes, and says goodbye on SIGTERM', async () => {
  const stream = await open('express', '/events');
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  expect(await readUntil(stream.body, '\n\n')).toContain('retry: ');
  const paid = await fetch(`${example?.url}/orders/17/pay`, { method: 'POST' });
  const { event } = (await paid.json()) as { event: string };
  expect(await readUntil(stream.body, '"id":17}\n\n')).toContain(
    `id: ${event}\nevent: data\ndata: {"type":"orders.paid","id":17}\n\n`,
  );
  const ended = example?.kill('SIGTERM');
  expect(await readUntil(stream.body, 'never')).toContain('"type":"closing","reason":"shutdown"');
  expect(await ended).toBe(0);
  expect(example?.printed).toBe('');
});

test('the example with rights lets in whoever has the token, to its own topics', async () => {
  const refused = await open('authorize', '/events');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(await refused.json()).toMatchObject({ status: 401, detail: 'Expected a bearer token.' });
  const headers = { Authorization: 'Bearer token-of-ann' };
  const stream = await fetch(`${example?.url}/events`, { headers });
  expect(stream.status).toBe(200);
  expect(await readUntil(stream.body, '"connected"')).toContain('event: system');
  await stream.body?.cancel();
});

test('the example on node:http publishes its clock', async () => {
  const stream = await open('node', '/');
  const text = await readUntil(stream.body, '"now"');
  expect(text).toMatch(/event: data\ndata: \{"type":"clock","now":"\d{4}-/);
  await stream.body?.cancel();
});

test('the example on fetch responses answers with a stream of what it announces', async () => {
  const printed = await runOk(folder, process.execPath, join('out', 'web-user.js'));
  expect(printed).toContain('200 text/event-stream');
  expect(printed).toContain('data: {"type":"news","text":"hello"}');
});
