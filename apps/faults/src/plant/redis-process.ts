import { accessSync, constants, mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { until } from '../wait.ts';
import { freePort, PlantProcess } from './process.ts';

/** The Redis or Valkey in `REDIS_SERVER_PATH`, or on PATH. */
export function redisProgram(): string | undefined {
  const named = process.env['REDIS_SERVER_PATH'] ?? '';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const files =
    named === ''
      ? folders.flatMap((folder) => ['redis-server', 'valkey-server'].map((name) => join(folder, name)))
      : [named];
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A real Redis that comes back on its port with its files. */
export class RedisProcess {
  private constructor(
    readonly name: string,
    readonly port: number,
    readonly process: PlantProcess,
  ) {}

  /** @param settings - such as `--appendonly`, `yes`. */
  static async start(
    name: string,
    folder: string,
    settings: readonly string[],
    dataFolder: string = join(folder, `${name}-data`),
  ): Promise<RedisProcess> {
    const port = await freePort();
    mkdirSync(dataFolder, { recursive: true });
    const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dataFolder, '--save', ''];
    const command = [redisProgram() ?? 'redis-server', ...fixed, ...settings];
    const logFile = join(folder, `${name}.log`);
    const redis = new RedisProcess(
      name,
      port,
      new PlantProcess(command, { env: process.env, cwd: folder, logFile }),
    );
    await redis.up();
    return redis;
  }

  async up(): Promise<void> {
    this.process.start();
    await until(`${this.name} answers`, 30_000, async () => {
      this.process.start();
      return (await this.ask('PING').catch(() => '')) === '+PONG';
    });
  }

  /** A command as one would type it; the first line of the answer, or all of it where it is a text. */
  ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ port: this.port, host: '127.0.0.1', timeout: 2_000 });
      let text = '';
      socket.on('connect', () => socket.write(`${command}\r\n`));
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (!text.endsWith('\r\n')) return;
        resolve(text.trim());
        socket.destroy();
      });
      socket.on('timeout', () => socket.destroy(new Error(`no answer to ${command}`)));
      socket.on('error', reject).on('close', () => reject(new Error(`no answer to ${command}`)));
    });
  }
}
