#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseCli } from './cli.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { readEnvFile } from './env-file.ts';
import { startHub } from './hub.ts';
import { createLogger } from './logger.ts';
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

async function run(version: string): Promise<void> {
  const config = readConfig();
  const log = createLogger({ level: config.logLevel });
  const input = isPiped(0) ? process.stdin : undefined;
  const hub = await startHub({ config, log, version, input }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') return fail(error.message, 1);
    return fail(`Expected \`PORT\` to be free, got \`${config.port}\`, which another process listens on`, 1);
  });
  log.logger.info({ url: hub.url, version }, 'listening');
  if (hub.madeToken !== undefined) {
    // Not by the log: its lines are published, and kept by others.
    process.stderr.write(`PUBLISH_TOKEN is not set; until this process ends it is ${hub.madeToken}\n`);
  }
  const echoMs = process.env['npm_lifecycle_event'] === undefined ? 0 : NPM_ECHO_MS;
  let stoppingSince: number | undefined;
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (stoppingSince !== undefined && performance.now() - stoppingSince >= echoMs) process.exit(exitCode);
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
else await run(version);
