import { plainText } from './plain-text.ts';

export type LogSource = 'server' | 'file' | 'stdin';

/** A field of a structured line; nested values are left out. */
export type LogFieldValue = string | number | boolean;

/** The payload of an event with topic `log`. */
export interface LogEvent {
  readonly type: 'log';
  readonly level: string;
  readonly message: string;
  readonly source: LogSource;
  readonly timestamp: string;
  /** What a structured line says beside its level, message and time; at most 32. */
  readonly fields?: Readonly<Record<string, LogFieldValue>>;
}

const MAX_MESSAGE_LENGTH = 8 * 1024;
const MAX_FIELDS = 32;
const MAX_FIELD_LENGTH = 256;
const CUT_MARK = '… [cut]';

const LEVEL_KEYS = ['level', 'severity', 'lvl'];
const MESSAGE_KEYS = ['msg', 'message'];
const TIME_KEYS = ['time', 'timestamp', 'ts', '@timestamp'];
const OTHER_KEYS = new Set([...LEVEL_KEYS, ...MESSAGE_KEYS, ...TIME_KEYS, 'pid', 'hostname', 'v']);

const LEVELS = new Map<unknown, string>([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['information', 'info'],
  ['notice', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['err', 'error'],
  ['fatal', 'fatal'],
  ['critical', 'fatal'],
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
]);

/**
 * A line of text as an event. One that is a JSON object with a message gives its level, message, time and fields; any
 * other stands as it is, at level `info` and with the time `now`.
 *
 * @returns `undefined` for a line with nothing to show.
 */
export function logEventOfLine(line: string, source: LogSource, now: string): LogEvent | undefined {
  const record = line.trimStart().startsWith('{') ? parseObject(line) : undefined;
  if (record !== undefined && typeof first(record, MESSAGE_KEYS) === 'string')
    return logEventOfRecord(record, source, now);
  const message = shorten(plainText(line).trim(), MAX_MESSAGE_LENGTH);
  return message === '' ? undefined : { type: 'log', level: 'info', message, source, timestamp: now };
}

/** A structured line as an event. What it does not say is level `info`, an empty message, and the time `now`. */
export function logEventOfRecord(
  record: Readonly<Record<string, unknown>>,
  source: LogSource,
  now: string,
): LogEvent {
  const message = first(record, MESSAGE_KEYS);
  const fields = plainFields(record);
  return {
    type: 'log',
    level: toLevel(first(record, LEVEL_KEYS)),
    message: typeof message === 'string' ? shorten(plainText(message).trim(), MAX_MESSAGE_LENGTH) : '',
    source,
    timestamp: toTimestamp(first(record, TIME_KEYS)) ?? now,
    ...(fields === undefined ? {} : { fields }),
  };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function first(record: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  const key = keys.find((name) => Object.hasOwn(record, name));
  return key === undefined ? undefined : record[key];
}

function toLevel(value: unknown): string {
  return LEVELS.get(typeof value === 'string' ? value.toLowerCase() : value) ?? 'info';
}

/** Text that `Date` reads, or milliseconds since 1970; a year of five digits is no time of a log line. */
function toTimestamp(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const date = new Date(value);
  const year = date.getUTCFullYear();
  return year >= 2_000 && year < 10_000 ? date.toISOString() : undefined;
}

function plainFields(
  record: Readonly<Record<string, unknown>>,
): Readonly<Record<string, LogFieldValue>> | undefined {
  const fields: [string, LogFieldValue][] = [];
  for (const [key, value] of Object.entries(record)) {
    if (fields.length === MAX_FIELDS) break;
    if (OTHER_KEYS.has(key)) continue;
    const name = shorten(plainText(key), MAX_FIELD_LENGTH);
    if (typeof value === 'string') fields.push([name, shorten(plainText(value), MAX_FIELD_LENGTH)]);
    else if (typeof value === 'boolean' || Number.isFinite(value))
      fields.push([name, value as LogFieldValue]);
  }
  // Own properties, whatever the names: a key `__proto__` is a key like any other.
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length);
  // Not between the halves of a surrogate pair.
  const isSplit = /[\ud800-\udbff]$/.test(cut);
  return `${isSplit ? cut.slice(0, -1) : cut}${CUT_MARK}`;
}
