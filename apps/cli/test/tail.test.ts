import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { publishOk } from '../../server/test/support/http.ts';
import { eventually, killServers, startServer } from '../../server/test/support/server-process.ts';
import { killSse, SseProcess, sse } from './support/sse-process.ts';

afterEach(async () => {
  await killSse();
  await killServers();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('events are printed as they come, as lines of JSON, until the limit', async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const tail = new SseProcess(['tail', server.url, '--topics', 'orders.**', '--json', '--limit', '2']);
  await tail.said('connected');
  const [first] = await publishOk(server, { type: 'orders.eu', text: 'a\nb\u001b[2J\u009b' });
  await publishOk(server, { type: 'metric' });
  await eventually(() => expect(tail.lines).toHaveLength(1));
  const [second] = await publishOk(server, { type: 'orders.us', id: 2 });
  const { code, stdout } = await tail.ended;
  expect(code).toBe(0);
  const events = stdout.split('\n').slice(0, -1);
  expect(events.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      id: first,
      topic: 'orders.eu',
      event: 'data',
      data: { type: 'orders.eu', text: 'a\nb\u001b[2J\u009b' },
    },
    { id: second, topic: 'orders.us', event: 'data', data: { type: 'orders.us', id: 2 } },
  ]);
  for (const control of ['\u001b', '\u009b']) expect(stdout).not.toContain(control);
});

test('a restart of the server loses and repeats nothing', async () => {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'sse-tail-'));
  const env = { PORT: String(port), DATA_DIR: data, RETRY_MS: '100' };
  const before = await startServer({ env });
  const tail = new SseProcess(['tail', `http://127.0.0.1:${port}`, '--topics', 'a']);
  await tail.said('connected');
  await publishOk(before, { type: 'a', n: 1 });
  await eventually(() => expect(tail.lines).toHaveLength(1));
  await before.stop('SIGKILL');
  await tail.said('trying again in');
  const after = await startServer({ env });
  await publishOk(after, { type: 'a', n: 2 });
  await eventually(() => expect(tail.lines).toHaveLength(2), 15_000);
  expect(tail.lines.map((line) => line.split('  ').slice(1))).toEqual([
    ['a', '{"type":"a","n":1}'],
    ['a', '{"type":"a","n":2}'],
  ]);
  await after.stop();
  rmSync(data, { recursive: true });
});

test('a gap is told on standard error', async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const tail = new SseProcess(['tail', server.url, '--last-event-id', 'another-life-1']);
  await tail.said('events may be missing (');
  expect(tail.stderr).toContain('after another-life-1');
});

test('Ctrl-C is a good end, and so is a reader that goes away', async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const [interrupted, unread] = [new SseProcess(['tail', server.url]), new SseProcess(['tail', server.url])];
  await Promise.all([interrupted.said('connected'), unread.said('connected')]);
  interrupted.child.kill('SIGINT');
  expect(await interrupted.ended).toMatchObject({ code: 0, stdout: '' });
  unread.child.stdout?.destroy();
  await publishOk(server, { type: 'a' });
  expect(await unread.ended).toMatchObject({ code: 0, stderr: 'sse: connected\n' });
});

test('an address without a stream fails with its status', async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const { code, stdout, stderr } = await sse(['tail', `${server.url}/nothing`]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe('sse: the stream is over: status 404\n');
});
