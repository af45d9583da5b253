import { createClient } from 'redis';
import { RedisEventLog, type RedisEventLogOptions } from '../../src/index.ts';
import type { RedisServer } from './redis-server.ts';

let made = 0;

/** A prefix that no other test has. */
export function freshPrefix(): string {
  made += 1;
  return `test-${made}`;
}

/** Logs on one server that are closed together. */
export class Logs {
  readonly #open: RedisEventLog[] = [];
  readonly #server: RedisServer;

  constructor(server: RedisServer) {
    this.#server = server;
  }

  create(options: Partial<RedisEventLogOptions> = {}): RedisEventLog {
    const client = options.client ?? createClient({ url: this.#server.url });
    const log = new RedisEventLog({ prefix: freshPrefix(), ...options, client });
    this.#open.push(log);
    return log;
  }

  async close(): Promise<void> {
    for (const log of this.#open.splice(0)) await log.close();
  }
}
