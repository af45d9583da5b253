import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  killServers,
  type ServerProcess,
  startServer,
  TOKEN,
} from '../../server/test/support/server-process.ts';
import { openStream } from '../../server/test/support/sse-reader.ts';
import { SseProcess, sse } from './support/sse-process.ts';

const env = { SSE_TOKEN: TOKEN };
let server: ServerProcess;
let stub: Server | undefined;

beforeAll(async () => {
  server = await startServer({ env: { STORE: 'memory' } });
});
afterAll(() => killServers());
afterEach(() => stub?.close());

test('events of the arguments are published together, and their ids printed', async () => {
  const reader = await openStream(`${server.url}/stream?topics=arg`);
  const events = ['{"type":"arg","n":1}', '{"type":"arg",\n"n":12345678901234567890}'];
  const { code, stdout, stderr } = await sse(['publish', server.url, ...events], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await expect.poll(() => reader.events().length).toBe(2);
  expect(reader.blocks.filter(({ event }) => event === 'data').map(({ id }) => id)).toEqual(
    stdout.trim().split('\n'),
  );
  expect(reader.blocks.at(-1)?.data).toContain('12345678901234567890');
  reader.close();
});

test('2,500 lines of standard input go out in order, in batches that the server takes', async () => {
  const lines = Array.from({ length: 2_500 }, (_, n) =>
    JSON.stringify({ type: 'lines', n, pad: 'x'.repeat(90) }),
  );
  const input = `${lines.join('\n')}\n\n`;
  const { code, stdout } = await sse(['publish', server.url], { env, input });
  expect(code).toBe(0);
  const ids = stdout.trim().split('\n');
  expect(ids).toHaveLength(2_500);
  const numbers = ids.map((id) => Number(id.split('-')[1]));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

test('the same idempotency key publishes once', async () => {
  const args = ['publish', server.url, '--idempotency-key', 'order-17', '{"type":"once"}'];
  const [first, second] = [await sse(args, { env }), await sse(args, { env })];
  expect(second).toEqual(first);
});

test('a line that is no JSON object fails with its number, after what came before it', async () => {
  const { code, stdout, stderr } = await sse(['publish', server.url], {
    env,
    input: '{"type":"a"}\n\nnonsense\n',
  });
  expect(code).toBe(1);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stderr).toBe('sse: Expected line 3 to be JSON, got "nonsense"\n');
});

test('what the server refuses is told with its words', async () => {
  const { code, stderr } = await sse(['publish', server.url, '{"no":"type"}'], { env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^sse: status 400: Line 1: expected a `type`.* \(published before that: 0\)\n$/);
  expect((await sse(['publish', server.url, '{"type":"a"}'])).stderr).toMatch(
    /^sse: status 401.*see --token/,
  );
});

test('an answer without end is left, and its status told', async () => {
  stub = createServer((_, response) => {
    response.writeHead(400, { 'Content-Type': 'application/problem+json' });
    const flood = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
    };
    response.on('drain', flood);
    flood();
  }).listen(0, '127.0.0.1');
  await once(stub, 'listening');
  const url = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  const { code, stderr } = await sse(['publish', url, '{"type":"a"}']);
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'sse: status 400 (published before that: 0)\n' });
});

test('a reader of the ids that goes away stops what is left, which is said', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ type: 'unread', n }));
  const run = new SseProcess(['publish', server.url], { env, input: lines.join('\n') });
  run.child.stdout?.once('data', () => run.child.stdout?.destroy());
  const { code, stderr } = await run.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^sse: stopped \(published before that: \d+\)\n$/);
});

test('a failure that passes is tried again with the same key', async () => {
  const keys: unknown[] = [];
  stub = createServer((request, response) => {
    keys.push(request.headers['idempotency-key']);
    response.setHeader('Retry-After', '0');
    response.statusCode = keys.length < 3 ? 503 : 202;
    response.end(JSON.stringify({ ids: ['x-1'] }));
  }).listen(0, '127.0.0.1');
  await once(stub, 'listening');
  const url = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  const { code, stdout } = await sse(['publish', url, '{"type":"a"}']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'x-1\n' });
  expect(new Set(keys).size).toBe(1);
  expect(keys).toHaveLength(3);
});
