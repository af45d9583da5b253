import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  killServers,
  runServer,
  type ServerProcess,
  startServer,
  TOKEN,
} from '../../server/test/support/server-process.ts';
import { type ExamineOptions, examine } from '../src/doctor/examine.ts';
import type { Finding } from '../src/doctor/finding.ts';
import { type Faults, startProxy, stopProxies } from './support/faulty-proxy.ts';
import { sse } from './support/sse-process.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({ env: { STORE: 'memory', HEARTBEAT_INTERVAL: '0.2' } });
});
afterEach(() => stopProxies());
afterAll(() => killServers());

type Findings = Readonly<Record<string, Pick<Finding, 'level' | 'found'>>>;

/** What is found through a proxy with these faults, by check. */
async function found(faults: Faults, options: Partial<ExamineOptions> = {}): Promise<Findings> {
  const proxy = await startProxy(server.url, faults);
  const findings: Record<string, Finding> = {};
  const settings = {
    publishUrl: new URL('/events', proxy),
    token: TOKEN,
    timeoutMs: 2_500,
    signal: new AbortController().signal,
    ...options,
  };
  for await (const finding of examine(new URL('/stream', proxy), settings)) findings[finding.check] = finding;
  return findings;
}

const levels = (findings: Findings): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(findings).map(([check, { level }]) => [check, level]));

const HEALTHY = {
  connection: 'ok',
  status: 'ok',
  'content type': 'ok',
  caching: 'ok',
  'http version': 'warning',
  compression: 'ok',
  buffering: 'ok',
  'live event': 'ok',
  resuming: 'ok',
  heartbeat: 'ok',
  'idle timeout': 'ok',
};

test('a proxy that only passes on is found healthy', async () => {
  expect(levels(await found({}, { waitMs: 600 }))).toEqual(HEALTHY);
});

test('a proxy that buffers is found by the first event and the live one', async () => {
  const findings = await found({ bufferBytes: 65_536 }, { timeoutMs: 600 });
  expect(levels(findings)).toMatchObject({ connection: 'ok', buffering: 'problem', 'live event': 'problem' });
  expect(findings['buffering']?.found).toMatch(/^the head came, but no byte of the stream within \d+ ms$/);
});

test('a proxy that delays is a warning for the first event and a problem for the live one', async () => {
  const findings = await found({ delayMs: 1_100 });
  expect(levels(findings)).toEqual({
    ...HEALTHY,
    buffering: 'warning',
    'live event': 'problem',
    'idle timeout': 'unknown',
  });
});

test('a proxy that compresses is found, whatever the server asked for', async () => {
  const findings = await found({ isCompressing: true }, { timeoutMs: 400 });
  expect(findings['compression']).toMatchObject({ level: 'problem', found: 'gzip' });
});

test('a proxy that strips Last-Event-ID is found, and whether the query would do', async () => {
  const byHeader = await found({ drops: ['last-event-id'] });
  expect(byHeader['resuming']).toMatchObject({
    level: 'problem',
    found: 'Last-Event-ID does not reach the server (last_event_id in the query does)',
  });
  const byNeither = await found({ drops: ['last-event-id'], dropsQuery: 'last_event_id' });
  expect(byNeither['resuming']?.found).toContain('in the query neither');
});

test('a proxy that cuts after silence is found with the time', async () => {
  const quiet = await startServer({ env: { STORE: 'memory', HEARTBEAT_INTERVAL: '60' } });
  const proxy = await startProxy(quiet.url, { idleMs: 300 });
  const { code, stdout } = await sse(['doctor', proxy, '--wait', '5s', '--json']);
  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  const byCheck = Object.fromEntries(findings.map((finding) => [finding.check, finding]));
  expect(code).toBe(1);
  expect(byCheck['heartbeat']).toMatchObject({ level: 'warning', found: 'every 60 s' });
  expect(byCheck['idle timeout']?.found).toMatch(
    /^the connection was cut after 0.\d s, and 0.3 s of silence$/,
  );
});

test('headers that are missing or changed are found', async () => {
  const changes = { 'content-type': 'text/plain', 'cache-control': '', 'access-control-allow-origin': '' };
  const findings = await found({ changes }, { origin: 'https://app.example.com', timeoutMs: 400 });
  expect(levels(findings)).toMatchObject({ 'content type': 'problem', caching: 'warning', cors: 'problem' });
});

test('a page that may read is found to', async () => {
  const findings = await found(
    { changes: { 'access-control-allow-origin': '*' } },
    { origin: 'https://a.example' },
  );
  expect(findings['cors']?.level).toBe('ok');
});

test('without a token the live event is left out, and said to be', async () => {
  expect((await found({}, { token: undefined }))['live event']).toMatchObject({ level: 'unknown' });
});

test('nothing that listens, and no stream there, are problems that end the look', async () => {
  const nobody = await sse(['doctor', 'http://127.0.0.1:1']);
  expect(nobody).toMatchObject({ code: 1, stderr: '' });
  expect(nobody.stdout).toMatch(/^problem {2}connection .*ECONNREFUSED.* → /);
  const elsewhere = await sse(['doctor', `${server.url}/nothing`]);
  expect(elsewhere.stdout).toMatch(/^problem {2}status {8}404 → /m);
});

test('sse-server doctor is the same', async () => {
  const { code, stdout } = await runServer({ args: ['doctor', server.url] });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ok {7}resuming {6}Last-Event-ID is passed through$/m);
});

test('nothing that was opened is left open', async () => {
  await found({});
  await expect
    .poll(async () => (await (await fetch(`${server.url}/clients`)).json()) as { count: number })
    .toMatchObject({ count: 0 });
});
