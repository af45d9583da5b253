import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { killServers, startServer, TOKEN } from '../../server/test/support/server-process.ts';
import { SECRET } from '../../server/test/support/tokens.ts';
import { sse } from './support/sse-process.ts';

afterEach(() => killServers());

const rights = ['--subscribe', 'orders.**', '--publish', 'orders.eu', '--sub', 'ann'];

test('a token publishes what it names, and nothing else', async () => {
  const server = await startServer({ env: { STORE: 'memory', JWT_SECRET: SECRET } });
  const { stdout } = await sse(['token', ...rights], { env: { JWT_SECRET: SECRET } });
  const env = { SSE_TOKEN: stdout.trim() };
  expect((await sse(['publish', server.url, '{"type":"orders.eu"}'], { env })).code).toBe(0);
  const refused = await sse(['publish', server.url, '{"type":"orders.us"}'], { env });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('status 403');
});

test('a token of a private key is good where its public key is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sse-key-'));
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const keyFile = join(folder, 'private.pem');
  writeFileSync(keyFile, privateKey);
  const server = await startServer({ env: { STORE: 'memory', JWT_KEY: publicKey } });
  const { stdout } = await sse(['token', ...rights, '--key-file', keyFile]);
  const env = { SSE_TOKEN: stdout.trim() };
  expect((await sse(['publish', server.url, '{"type":"orders.eu"}'], { env })).code).toBe(0);
  rmSync(folder, { recursive: true });
});

test('a bench receives all that it publishes', async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const args = ['bench', server.url, '--streams', '12', '--rate', '20', '--duration', '1s', '--json'];
  const { code, stdout, stderr } = await sse(args, { env: { SSE_TOKEN: TOKEN } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result = JSON.parse(stdout) as Record<string, number>;
  expect(result).toMatchObject({ streams: 12, published: 20, expected: 240, received: 240 });
  expect(result['p99_ms']).toBeGreaterThan(0);
});

test('a bench that may not publish fails with the reason', async () => {
  const server = await startServer({ env: { STORE: 'memory' } });
  const { code, stdout, stderr } = await sse(['bench', server.url, '--streams', '1']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('status 401');
});
