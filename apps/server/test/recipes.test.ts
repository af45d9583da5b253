import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { killServers, startServer } from './support/server-process.ts';
import { SECRET } from './support/tokens.ts';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const hasShell = ['bash', 'curl', 'node'].every((name) => spawnSync(name, ['--version']).status === 0);

afterEach(() => killServers());

/** The commands below a mark of the README. */
function recipe(name: string): string {
  const [, commands] = new RegExp(`<!-- recipe: ${name} -->\n\`\`\`sh\n(.*?)\`\`\``, 's').exec(README) ?? [];
  if (commands === undefined) throw new Error(`README.md has no recipe ${name}`);
  return commands;
}

test.skipIf(!hasShell)('the commands for authorisation in the README do what it says', async () => {
  const server = await startServer({ env: { JWT_SECRET: SECRET } });
  const ticket = recipe('ticket').split('curl -N')[0] ?? '';
  // The stream of the first ends with the last.
  const script = [recipe('token'), ticket, recipe('revocation'), 'wait'].join('\n');
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-c', script.replaceAll('localhost:8000', server.url.replace('http://', ''))],
    { env: { PATH: process.env['PATH'], JWT_SECRET: SECRET }, timeout: 20_000 },
  );
  expect(stdout).toMatch(/"type":"connected"/);
  expect(stdout).toMatch(/\{"ids":\["[^"]+"\]\}/);
  expect(stdout).toMatch(/event: data\ndata: \{"type":"orders.eu.created","id":17\}/);
  expect(stdout).toMatch(/\{"ticket":"[\w-]{43}","expires_in":60\}/);
  expect(stdout).toMatch(/"type":"closing","reason":"revoked"/);
});
