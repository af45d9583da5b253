import type { Logger } from 'pino';
import type { Producer } from './producer.ts';

export interface HeartbeatProducerOptions {
  /** Sends one heartbeat to every client. May throw. */
  readonly beat: () => void;
  /** At most 2^31 - 1. */
  readonly intervalMs: number;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

/**
 * Calls `beat` at every interval, the first time after one. A beat that throws makes it `failed`, with one log line,
 * until a beat succeeds. Does not keep the process alive.
 */
export function createHeartbeatProducer({ beat, intervalMs, logger }: HeartbeatProducerOptions): Producer {
  let timer: NodeJS.Timeout | undefined;
  let hasFailed = false;

  function tick(): void {
    try {
      beat();
      if (hasFailed) logger.info('heartbeat producer runs again');
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) logger.error({ err: error }, 'heartbeat producer failed; it keeps trying');
      hasFailed = true;
    }
  }

  return {
    get status() {
      if (timer === undefined) return 'stopped';
      return hasFailed ? 'failed' : 'running';
    },
    start() {
      hasFailed &&= timer !== undefined;
      timer ??= setInterval(tick, intervalMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      return Promise.resolve();
    },
  };
}
