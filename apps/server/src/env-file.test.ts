import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readEnvFile } from './env-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'env-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a .env file gives its variables and leaves the process alone', () => {
  const path = join(folder, '.env');
  writeFileSync(path, '# the hub\nPORT=9000\nexport ENV_FILE_TEST="two words"\n');
  expect(readEnvFile(path)).toEqual({ PORT: '9000', ENV_FILE_TEST: 'two words' });
  expect(process.env['ENV_FILE_TEST']).toBeUndefined();
});

test('a missing file gives no variables', () => {
  expect(readEnvFile(join(folder, 'none'))).toEqual({});
});

test('a file that cannot be read is an error', () => {
  expect(() => readEnvFile(folder)).toThrow('EISDIR');
});
