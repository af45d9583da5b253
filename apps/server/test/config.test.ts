import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { killServers, runServer, startServer } from './support/server-process.ts';

afterAll(killServers);

const PEM = String(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }),
);

describe('a wrong value ends the start with code 78 and one line on standard error', () => {
  test.each([
    [{ PORT: 'http' }, 'Expected `PORT` to be an integer from 0 to 65535, got `"http"`'],
    [{ PORT: '70000' }, 'Expected `PORT` to be an integer from 0 to 65535, got `"70000"`'],
    [{ HISTORY_SIZE: '0' }, 'Expected `HISTORY_SIZE` to be an integer of at least 1, got `"0"`'],
    [
      { QUEUE_POLICY: 'block' },
      'Expected `QUEUE_POLICY` to be one of `disconnect`, `drop-oldest`, `latest`, got `"block"`',
    ],
    [
      { PUBLISH_TOKEN: 'short' },
      'Expected `PUBLISH_TOKEN` to be 16 to 1024 printable ASCII characters without spaces, got a secret of 5 characters',
    ],
    [{ JWT_SECRET: 'too-short' }, 'Expected `JWT_SECRET` to be at least 32 bytes for HS256, got 9'],
    [{ JWT_SECRET: `${PEM}` }, 'Expected `JWT_SECRET` to be a secret, not a key as PEM or JWK, got a key'],
    [{ JWT_KEY: PEM, JWT_ALGORITHMS: 'HS256' }, 'Expected `JWT_ALGORITHMS` to be some of ES256, got HS256'],
    [
      { JWT_KEY: '/nowhere/key' },
      'Expected `JWT_KEY` to be a PEM or JWK, or the path of a file with one, got ENOENT',
    ],
    [
      { JWT_JWKS_URL: 'http://id.example.com/keys' },
      'Expected `JWT_JWKS_URL` to be an https URL, or an http one of the loopback, got another',
    ],
    [
      { JWT_SECRET: 'x'.repeat(32), JWT_KEY: PEM },
      'Expected `JWT_KEY` to be absent while `JWT_SECRET` is set, got a value',
    ],
    [
      { AUTH_COOKIE: 'sse' },
      'Expected `AUTH_COOKIE` to be absent while none of JWT_SECRET, JWT_KEY, JWT_JWKS_URL is set, got a value',
    ],
    [
      { TRUST_PROXY: 'true' },
      'Expected `TRUST_PROXY` to be the number of proxies from 1 to 32, or a comma-separated list of their addresses such as `10.0.0.0/8` or `loopback`, got `"true"`',
    ],
    [
      { HEARTBEAT_INTERVAL: '1\n2' },
      'Expected `HEARTBEAT_INTERVAL` to be a number of seconds of at least 0.05, such as `30` or `0.5`, got `"1\\n2"`',
    ],
  ])('%j', async (env, message) => {
    const { code, stdout, stderr } = await runServer({ env });
    expect({ code, stdout, stderr }).toEqual({ code: 78, stdout: '', stderr: `sse-server: ${message}\n` });
  });
});

test('--help prints every setting and exits with 0, also when a setting is wrong', async () => {
  const { code, stdout, stderr } = await runServer({ args: ['--help'], env: { PORT: 'wrong' } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: /);
  expect(stdout).toContain('PUBLISH_TOKEN');
});

test('--version prints the version that the front page tells', async () => {
  const { code, stdout } = await runServer({ args: ['--version'] });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});

test('an unknown argument exits with 2 and one line', async () => {
  const { code, stdout, stderr } = await runServer({ args: ['--port', '80'] });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^sse-server: Expected no arguments .*--port.*\n$/);
});

test('a port that is taken exits with 1 and one line that names it', async () => {
  const server = await startServer();
  const { code, stdout, stderr } = await runServer({ env: { PORT: String(server.port) } });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(
    `sse-server: Expected \`PORT\` to be free, got \`${server.port}\`, which another process listens on\n`,
  );
});

describe('a .env file', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sse-env-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('gives what the environment does not', async () => {
    writeFileSync(join(folder, '.env'), 'HEARTBEAT_INTERVAL=nonsense\nLOG_LEVEL=nonsense\n');
    const { code, stderr } = await runServer({ folder, env: { LOG_LEVEL: 'warn' } });
    expect(code).toBe(78);
    expect(stderr).toContain('`HEARTBEAT_INTERVAL`');
  });

  test('that cannot be read ends the start with one line', async () => {
    mkdirSync(join(folder, '.env'));
    const { code, stderr } = await runServer({ folder });
    expect(code).toBe(78);
    expect(stderr).toMatch(/^sse-server: \.env cannot be read: .*EISDIR.*\n$/);
  });
});
