import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';

/** Every process that was started and has not ended, so that none is left behind. */
const running = new Set<ChildProcess>();

/** Processes that ended by a signal that nobody here had sent, or in good order unasked: a bug, or somebody else. */
export const crashes: string[] = [];

/** A process that is killed, stopped and started again, always with the same arguments. */
export class PlantProcess {
  #child: ChildProcess | undefined;
  readonly #sent = new Set<string>();
  #gone: Promise<unknown> = Promise.resolve();

  constructor(
    readonly command: readonly string[],
    readonly settings: { readonly env: NodeJS.ProcessEnv; readonly cwd: string; readonly logFile: string },
  ) {}

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    if (this.isRunning) return;
    this.#sent.clear();
    const [file = '', ...rest] = this.command;
    const log = openSync(this.settings.logFile, 'a');
    const { env, cwd } = this.settings;
    const child = spawn(file, rest, { env, cwd, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#note(`started as ${child.pid}`);
    this.#child = child;
    running.add(child);
    this.#gone = new Promise((resolve) => {
      const end = (how: unknown, signal?: unknown): void => {
        this.#note(`${child.pid} ended with ${String(how)} ${String(signal)}`);
        // It may well fail: on a full disk Redis does.
        const isAsked =
          typeof signal === 'string' ? this.#sent.has(signal) : how !== 0 || this.#sent.has('SIGTERM');
        if (!isAsked)
          crashes.push(
            `${basename(this.settings.logFile)}: ${child.pid} ended with ${String(signal ?? how)}`,
          );
        running.delete(child);
        if (this.#child === child) this.#child = undefined;
        resolve(undefined);
      };
      child.once('exit', end).once('error', end);
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child !== undefined) this.#note(`is sent ${signal}`);
    this.#sent.add(signal);
    this.#child?.kill(signal);
  }

  /** Beside what it says itself. */
  #note(text: string): void {
    appendFileSync(this.settings.logFile, `--- ${new Date().toISOString()} ${text}\n`);
  }

  /** Signals and waits until it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.signal(signal);
    if (signal === 'SIGKILL') this.signal('SIGCONT');
    await this.#gone;
  }

  /** Those that it started itself, such as the workers of a server; none where the system does not tell. */
  children(): readonly number[] {
    const pid = this.#child?.pid;
    try {
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
      return text.trim().split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }
}

/** Ends whatever was left running, at once. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** For a child that is not a `PlantProcess`. */
export function killAtExit(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child)).once('error', () => running.delete(child));
}

export function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/** A port that nobody listens on. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
