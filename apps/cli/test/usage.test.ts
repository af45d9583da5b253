import { expect, test } from 'vitest';
import { sse } from './support/sse-process.ts';

test.each(['tail', 'publish', 'token', 'bench', 'doctor'])(
  'the help of %s has examples, on standard output, and is a success',
  async (command) => {
    const { code, stdout, stderr } = await sse([command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^ {2}\\$ .*sse ${command}`, 'm'));
  },
);

test.each([
  [['nonsense'], "unknown command 'nonsense'"],
  [['tail'], "missing required argument 'url'"],
  [['tail', 'ftp://x'], 'Expected a URL such as http://localhost:8000, got "ftp://x"'],
  [['tail', 'localhost:1', '--limit', '0'], 'Expected a whole number from 1'],
  [['publish', 'localhost:1', '{}', '--file', 'x'], 'not both'],
  [['token', '--secret', 'short'], '32 bytes or more'],
])('%j is wrong usage: exit code 2, told on standard error alone', async (args, message) => {
  const { code, stdout, stderr } = await sse(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});
