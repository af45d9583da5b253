import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

/** The built program: these tests run what users run. */
export const MAIN: string = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
export const TOKEN = 'token-of-the-tests';

export type LogLine = Readonly<Record<string, unknown>>;

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServerOptions {
  /** What differs from the harness' own: a free port of the loopback, `TOKEN`, no producers. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly args?: readonly string[];
  /** Text for standard input, which is left open behind it. Absent: no input at all. */
  readonly input?: string;
  /** @defaultValue the built server, run by this Node */
  readonly command?: readonly [string, ...string[]];
  /** Whether it leads a group of processes of its own, as what a shell starts does. */
  readonly group?: boolean;
  /** @defaultValue an empty folder */
  readonly folder?: string;
}

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

const running = new Set<ServerProcess>();

/** A process of the server, over whose sockets the tests talk. */
export class ServerProcess {
  readonly ended: Promise<Ended>;
  url = '';
  private readonly child: Child;
  private readonly folder: string;
  private out = '';
  private err = '';

  constructor({ env = {}, args = [], input, command, folder, group = false }: ServerOptions) {
    if (!existsSync(MAIN)) throw new Error('apps/server is not built: run `npm run build` first');
    this.folder = mkdtempSync(join(tmpdir(), 'sse-server-'));
    const [file, ...first] = command ?? [process.execPath, MAIN];
    const defaults = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      HOST: '127.0.0.1',
      PORT: '0',
      PUBLISH_TOKEN: TOKEN,
      PRODUCERS: 'none',
    };
    this.child = spawn(file, [...first, ...args], {
      cwd: folder ?? this.folder,
      env: { ...defaults, ...env },
      detached: group,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    }) as Child;
    running.add(this);
    if (input !== undefined) this.child.stdin?.write(input);
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        running.delete(this);
        rmSync(this.folder, { recursive: true, force: true });
        resolve({ code, signal, stdout: this.out, stderr: this.err });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get stdout(): string {
    return this.out;
  }

  get stderr(): string {
    return this.err;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** The log's lines so far, those with this message, if one is given. */
  logs(message?: string): readonly LogLine[] {
    const lines = this.out.split('\n').slice(0, -1);
    const records = lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []));
    return message === undefined ? records : records.filter(({ msg }) => msg === message);
  }

  /** The first line with this message and these fields, as soon as it is there. */
  log(message: string, fields: LogLine = {}): Promise<LogLine> {
    return eventually(() => {
      const isWanted = (line: LogLine): boolean =>
        Object.entries(fields).every(([key, value]) => line[key] === value);
      const found = this.logs(message).find(isWanted);
      if (found === undefined)
        throw new Error(`no line "${message}" ${JSON.stringify(fields)} in:\n${this.out}${this.err}`);
      return found;
    });
  }

  /** Megabytes of memory that the process holds; `undefined` where the system does not tell by /proc. */
  residentMegabytes(): number | undefined {
    const path = `/proc/${this.pid}/status`;
    const kilobytes = existsSync(path) && /VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1];
    return kilobytes ? Number(kilobytes) / 1024 : undefined;
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  endInput(): void {
    this.child.stdin?.end();
  }

  /** Leaves what the process prints in its pipes, as whoever started it may. */
  pauseOutput(): void {
    this.child.stdout.pause();
    this.child.stderr.pause();
  }

  resumeOutput(): void {
    this.child.stdout.resume();
    this.child.stderr.resume();
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.kill(signal);
    return this.ended;
  }
}

/** Waits until `check` no longer throws. */
export function eventually<Result>(check: () => Result | Promise<Result>, ms = 10_000): Promise<Result> {
  return vi.waitFor(check, { timeout: ms, interval: 10 });
}

/** Starts a server and waits until it listens. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const server = new ServerProcess(options);
  const early = server.ended.then(({ code, stderr }) => {
    throw new Error(`the server ended with ${code} before it listened: ${stderr}`);
  });
  early.catch(() => undefined);
  const { url } = await Promise.race([server.log('listening'), early]);
  server.url = String(url).replace('localhost', '127.0.0.1');
  return server;
}

/** Runs a server that is expected to end by itself. */
export function runServer(options: ServerOptions): Promise<Ended> {
  return new ServerProcess(options).ended;
}

/** Ends whatever a test left running, at once. */
export async function killServers(): Promise<void> {
  const left = [...running];
  for (const server of left) server.kill('SIGKILL');
  await Promise.all(left.map(({ ended }) => ended));
}
