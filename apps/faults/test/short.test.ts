import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { STAGES } from '../src/stages/all-stages.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const SECONDS = 3;

/** Runs the command as its users do. Answers its exit code and what it printed. */
function faults(stage: string, seed: number): Promise<{ readonly code: number; readonly output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sse-faults-short-'));
  const options = ['--stage', stage, '--seed', seed, '--seconds', SECONDS, '--every', 400, '--storm', 300];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...options.map(String), '--folder', folder],
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? 1);
        if (code === 0) rmSync(folder, { recursive: true, force: true });
        resolve({ code, output: `${stdout}${stderr}` });
      },
    );
  });
}

describe.concurrent('some seconds of faults break no promise', { timeout: 120_000 }, () => {
  for (const [at, kind] of STAGES.entries()) {
    test.skipIf(kind.missing() !== undefined)(kind.title, async () => {
      const { code, output } = await faults(kind.name, 70 + at);
      expect(output).toMatch(/ [1-9]\d* faults, [1-9]\d* acknowledged.* [1-9]\d* ok/);
      expect(output).toContain('no promise was broken');
      expect(code).toBe(0);
    });
  }

  test('hundreds of clients that reconnect at once', async () => {
    const { code, output } = await faults('storm', 7);
    expect(output).toContain('all connections broken at once: 300 clients are back');
    expect(output).toContain('no promise was broken');
    expect(code).toBe(0);
  });
});
