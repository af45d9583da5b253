import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from '../../../../scripts/redis.mjs';

/** redis-server for the tests; `undefined` where there is none, which is an error with `CI` set. */
export const redisPath: string | undefined = findRedis();
if (redisPath === undefined && (process.env['CI'] ?? '') !== '')
  throw new Error('Expected a redis-server for the tests in CI: set REDIS_SERVER_PATH, or put one on PATH');

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Asks for a line over a socket of its own, so that no client of those under test has a part in it. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(`${command}\r\n`));
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.endsWith('\r\n')) socket.end(() => resolve(text.trim()));
    });
    socket.on('error', reject).on('close', () => reject(new Error(`No answer to ${command}: ${text}`)));
  });
}

/** A real redis-server: its own process, port and folder. */
export class RedisServer {
  readonly #folder: string;
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;
  #output = '';

  private constructor(
    readonly port: number,
    folder: string,
    settings: readonly string[],
  ) {
    this.#folder = folder;
    this.#settings = settings;
  }

  /** Starts one; without settings it keeps nothing on disk. Stop it in `afterAll`. */
  static async start(...settings: readonly string[]): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const folder = await mkdtemp(join(tmpdir(), 'sse-redis-'));
      const server = new RedisServer(await freePort(), folder, settings);
      try {
        await server.up();
        return server;
      } catch (error) {
        // The port may have been taken meanwhile.
        await server.remove();
        if (attempt === 3) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the process again, on the same port and folder, and waits until it serves. */
  async up(): Promise<void> {
    const { port } = this;
    const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const child = spawn(redisPath ?? '', [...fixed, ...this.#settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-4_000);
      });
    let exited = false;
    child.once('exit', () => {
      exited = true;
    });
    for (const until = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
      if (exited || Date.now() > until) throw new Error(`redis-server did not start: ${this.#output}`);
      const answer = await ask(port, 'PING').catch(() => '');
      if (answer === '+PONG') return;
    }
  }

  /** A command as one would type it; the answer as it comes. */
  ask(command: string): Promise<string> {
    return ask(this.port, command);
  }

  /** Ends the process at once, as `kill -9` does, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Stops it in the middle of whatever it does; its sockets stay open, and the kernel goes on to accept. */
  hang(): void {
    this.#process?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
