import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { killServers, runServer, startServer } from './support/server-process.ts';

afterAll(killServers);

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
