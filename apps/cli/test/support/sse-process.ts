import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../../server/test/support/server-process.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SseOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input, which ends after it; absent: empty. */
  readonly input?: string;
}

const running = new Set<SseProcess>();

/** A run of the built `sse`. */
export class SseProcess {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  readonly child: ChildProcess;

  constructor(args: readonly string[], { env = {}, input = '' }: SseOptions = {}) {
    if (!existsSync(MAIN)) throw new Error('apps/cli is not built: run `npm run build` first');
    this.child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'], ...env } });
    running.add(this);
    this.child.stdin?.on('error', () => undefined);
    this.child.stdin?.end(input);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        running.delete(this);
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get lines(): readonly string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  /** Waits until standard error holds this text, `times` times. */
  said(text: string, times = 1): Promise<void> {
    return eventually(() => {
      if (this.stderr.split(text).length <= times) throw new Error(`no "${text}" in: ${this.stderr}`);
    });
  }
}

/** Runs `sse` to its end. */
export function sse(args: readonly string[], options?: SseOptions): Promise<Ended> {
  return new SseProcess(args, options).ended;
}

export async function killSse(): Promise<void> {
  const left = [...running];
  for (const { child } of left) child.kill('SIGKILL');
  await Promise.all(left.map(({ ended }) => ended));
}
