#!/usr/bin/env node
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { isLoopback } from './access.ts';
import { parseCli } from './cli.ts';
import { WorkerFailed } from './cluster/crew.ts';
import { type Cluster, startCluster } from './cluster/primary.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { readEnvFile } from './env-file.ts';
import { type Hub, startHub } from './hub.ts';
import { createLogger, type ServerLog } from './logger.ts';
import { isPiped } from './read-lines.ts';

const CONFIG_ERROR = 78; // EX_CONFIG of sysexits.h
/** One Ctrl-C reaches a child of npm twice: from the terminal, and handed on by npm a moment later. */
const NPM_ECHO_MS = 500;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

function fail(message: string, exitCode: number): never {
  process.stderr.write(`sse-server: ${message}\n`);
  process.exit(exitCode);
}

function readConfig(): Config {
  try {
    return loadConfig({ ...readEnvFile('.env'), ...process.env });
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message, CONFIG_ERROR);
    return fail(
      `.env cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      CONFIG_ERROR,
    );
  }
}

function failedStart(
  error: NodeJS.ErrnoException & { readonly port?: number },
  { port, metricsPort }: Config,
): never {
  // It has said itself what was wrong.
  if (error instanceof WorkerFailed) return process.exit(error.exitCode);
  if (error.code !== 'EADDRINUSE') return fail(error.message, 1);
  const [variable, taken] =
    error.port === metricsPort && metricsPort !== undefined ? ['METRICS_PORT', metricsPort] : ['PORT', port];
  return fail(`Expected \`${variable}\` to be free, got \`${taken}\`, which another process listens on`, 1);
}

async function run(version: string): Promise<void> {
  const config = readConfig();
  const log = createLogger({ level: config.logLevel });
  const input = isPiped(0) ? process.stdin : undefined;
  if (config.workers > 1) {
    let running: Cluster | undefined;
    // From the first moment on: by default it would end a server whose first worker already serves.
    process.on(
      'SIGHUP',
      () => void running?.roll().catch((error) => log.logger.error({ err: error }, 'no new worker came up')),
    );
    const crew = await startCluster({ config, log, version, input }).catch((error) =>
      failedStart(error, config),
    );
    running = crew;
    announce(crew, log, config, { url: crew.url, version, workers: config.workers });
    return stopOnSignals(crew, ['SIGINT', 'SIGTERM']);
  }
  const hub = await startHub({ config, log, version, input }).catch((error) => failedStart(error, config));
  announce(hub, log, config, { url: hub.url, version });
  stopOnSignals(hub, ['SIGINT', 'SIGTERM']);
}

/** A worker of a cluster. What a terminal sends to the whole group is the primary's to deal with. */
async function work(version: string): Promise<void> {
  const config = readConfig();
  const log = createLogger({ level: config.logLevel });
  let hub: Hub | undefined;
  const onRetire = (): void => {
    if (hub === undefined) process.exit(1);
    void hub.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  hub = await startHub({ config, log, version, onRetire }).catch((error) => failedStart(error, config));
  stopOnSignals(hub, ['SIGTERM']);
}

function announce({ madeToken }: Hub, log: ServerLog, config: Config, about: object): void {
  log.logger.info(about, 'listening');
  if (config.auth === undefined && !isLoopback(config.host))
    log.logger.warn(
      { host: config.host, open: ['/stream', '/clients', '/metrics', '/demo', '/', '/health'] },
      'whoever reaches this address can read every event and see who is connected: set JWT_SECRET, JWT_KEY or JWT_JWKS_URL, or HOST=127.0.0.1',
    );
  // Not by the log: its lines are published, and kept by others.
  if (madeToken !== undefined)
    process.stderr.write(`PUBLISH_TOKEN is not set; until this process ends it is ${madeToken}\n`);
}

/** Ends in good order at the first signal, and at once at the second. */
function stopOnSignals(hub: Hub, signals: readonly (keyof typeof SIGNALS)[]): void {
  const echoMs = process.env['npm_lifecycle_event'] === undefined ? 0 : NPM_ECHO_MS;
  let stoppingSince: number | undefined;
  for (const signal of signals) {
    process.on(signal, () => {
      if (stoppingSince !== undefined && performance.now() - stoppingSince >= echoMs)
        process.exit(SIGNALS[signal]);
      if (stoppingSince !== undefined) return;
      stoppingSince = performance.now();
      void hub.stop().then(() => process.exit(0));
    });
  }
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const action = parseCli(process.argv.slice(2), version);
if (action.kind === 'print') process.stdout.write(`${action.text}\n`);
else if (action.kind === 'fail') fail(action.message, action.exitCode);
else if (action.kind === 'doctor') {
  const { runCli } = await import('@sse/cli'); // a server that serves does not load it
  process.exitCode = await runCli(action.args);
} else if (cluster.isPrimary) await run(version);
else await work(version);
