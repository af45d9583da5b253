import { type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';
import { createLogOutput, type LogDestination } from './log-output.ts';

/** A log line as parsed JSON, after redaction: `level` (a label), `time`, `msg` and whatever else was logged. */
export type LogRecord = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  readonly level: LogLevel;
  /** @defaultValue standard output, by `createLogOutput` */
  readonly destination?: LogDestination | undefined;
}

/**
 * The server's log, and a copy of it for whoever publishes it.
 *
 * What publishes log lines must log by `quiet` alone, else the complaint about a line that could not be published
 * would be the next line to publish.
 */
export interface ServerLog {
  readonly logger: Logger;
  /** The same level, format and destination, but never copied. */
  readonly quiet: Logger;
  /**
   * Calls `listener` with each line of `logger` from level `info` on, within the call that logged it. A line that is
   * logged while a listener runs is not copied, and an error that a listener throws is dropped.
   *
   * @returns Ends the copying; twice is safe.
   */
  listen(listener: (record: LogRecord) => void): () => void;
}

const STANDARD_OUTPUT = 1;
const MAX_COPIED_LENGTH = 64 * 1024;
const INFO = 30;
const SECRET_NAMES = ['authorization', 'token', 'cookie', '"set-cookie"', 'publish_token', 'access_token'];

/** JSON escapes what is below U+0020; these break lines or drive terminals too. */
const UNESCAPED = /[\x7f-\x9f\u2028\u2029]/g;

/** Writes one JSON line a record: level, ISO time, what was given, message. Secrets are replaced by `[redacted]`. */
export function createLogger({
  level,
  destination = createLogOutput(STANDARD_OUTPUT),
}: LoggerOptions): ServerLog {
  const listeners = new Set<(record: LogRecord) => void>();
  let isCopying = false;

  function copy(line: string, levelNumber: number): void {
    if (listeners.size === 0 || isCopying || levelNumber < INFO) return;
    isCopying = true;
    try {
      const record = toRecord(line);
      for (const listener of listeners) listener(record);
    } catch {
      // Whoever logs is not to fail for whoever listens.
    } finally {
      isCopying = false;
    }
  }

  return {
    logger: jsonLogger(level, destination, copy),
    quiet: jsonLogger(level, destination),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function jsonLogger(
  level: LogLevel,
  destination: LogDestination,
  copy?: (line: string, levelNumber: number) => void,
): Logger {
  const stream = {
    // pino's own way to tell a stream the level of each line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      const clean = line.replace(
        UNESCAPED,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      destination.write(clean);
      copy?.(clean, this.lastLevel);
    },
  };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_NAMES.flatMap(secretPaths), censor: '[redacted]' },
    },
    stream,
  );
}

/** The name itself, and in objects up to two levels deep, such as `req.headers.authorization`. */
function secretPaths(name: string): readonly string[] {
  const member = name.startsWith('"') ? `[${name}]` : name;
  const dot = name.startsWith('"') ? '' : '.';
  return [member, `*${dot}${member}`, `*.*${dot}${member}`];
}

function toRecord(line: string): LogRecord {
  const isLong = line.length > MAX_COPIED_LENGTH;
  if (isLong)
    return { level: 'warn', msg: `A log line of ${line.length} characters is too long to be copied` };
  return JSON.parse(line) as LogRecord;
}
