import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { REDIS_EVENT_LOG_DEFAULTS } from '../src/index.ts';

// That its examples compile is proven in test/readme-examples.test.ts at the top.
test('the README names every option, with its default', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('## Options'), readme.indexOf('## What is lost'));
  for (const [name, value] of Object.entries(REDIS_EVENT_LOG_DEFAULTS)) {
    const row = table.split('\n').find((line) => line.split('|')[1]?.includes(`\`${name}\``)) ?? '';
    const shown =
      { maxAgeMs: 'a day', maxPendingBytes: '64 MiB', maxTailBytes: '64 MiB' }[name] ??
      value.toLocaleString('en');
    expect(row, name).toContain(shown);
  }
});
