import { join } from 'node:path';
import { SERVER_MAIN } from '../built.ts';
import { until } from '../wait.ts';
import { freePort, PlantProcess } from './process.ts';

export const TOKEN = 'token-of-the-faults';
export const HEARTBEAT_MS = 1_000;

export interface HubOptions {
  readonly name: string;
  /** For its log, and its working directory. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly host?: string;
}

/** A process of apps/server that comes back on its port. */
export class HubProcess {
  readonly process: PlantProcess;

  private constructor(
    readonly name: string,
    readonly host: string,
    readonly port: number,
    command: readonly string[],
    options: HubOptions,
  ) {
    this.process = new PlantProcess(command, {
      env: {
        PATH: process.env['PATH'],
        HOST: host,
        PORT: String(port),
        PUBLISH_TOKEN: TOKEN,
        PRODUCERS: 'none',
        DEMO: 'off',
        LOG_LEVEL: 'warn',
        HEARTBEAT_INTERVAL: String(HEARTBEAT_MS / 1_000),
        RETRY_MS: '200',
        DRAIN_SECONDS: '1',
        // More than any round publishes, so that every event is within the promised history.
        HISTORY_SIZE: '100000',
        HISTORY_BYTES: String(256 * 1024 * 1024),
        ...options.env,
      },
      cwd: options.folder,
      logFile: join(options.folder, `${name}.log`),
    });
  }

  /** @param main - the server's built program. */
  static async start(options: HubOptions, main: string = SERVER_MAIN): Promise<HubProcess> {
    const { name, host = '127.0.0.1' } = options;
    const hub = new HubProcess(name, host, await freePort(host), [process.execPath, main], options);
    await hub.up();
    return hub;
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** Starts it, unless it runs, and waits until it takes streams. */
  async up(ms = 30_000): Promise<void> {
    this.process.start();
    await until(`${this.name} is ready`, ms, async () => {
      this.process.start(); // it may have been unable to start, as on a full disk
      return this.isReady();
    });
  }

  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/ready`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    return answer?.status === 200;
  }
}
