import { type Environment, SseError, systemEnvironment } from '@sse/core';

/** What an append's acknowledgement promises. See {@link LmdbEventLogOptions.durability}. */
export type Durability = 'disk' | 'os';

/** An entry in the database that can't be read. */
export interface DamagedEntry {
  /** Its place: the id is `<epoch>-<seq>`. */
  readonly seq: number;
  readonly reason: string;
}

export interface LmdbEventLogOptions {
  /**
   * The database's file. It is made, with its folder, where there is none. Beside it lies `<path>-lock`. It must be on
   * a disk of this machine: LMDB's locks do not work on network file systems.
   */
  readonly path: string;
  /**
   * `disk`: acknowledged, and shown to anyone, means flushed to the disk. `os`: means written, and survives the
   * process, also a `kill -9`; but a file that was open like this when the machine itself went down is refused at the
   * next start. All processes on one database have the same. @defaultValue 'disk'
   */
  readonly durability?: Durability;
  /**
   * How long an append waits for others to share its flush, in milliseconds. With 0 it waits only while another flush
   * is under way. @defaultValue 0
   */
  readonly commitDelayMs?: number;
  /** Events that may wait to be written; an append beyond is refused. @defaultValue 100 000 */
  readonly maxPendingEvents?: number;
  /** Bytes that may wait to be written; an append beyond is refused. @defaultValue 64 MiB */
  readonly maxPendingBytes?: number;
  /** Entries kept for replay. @defaultValue 100 000 */
  readonly maxEntries?: number;
  /** Bytes kept for replay: of the entries as stored, plus 64 an entry. The file may be twice as large. @defaultValue 256 MiB */
  readonly maxBytes?: number;
  /** Age in milliseconds beyond which an entry is dropped. @defaultValue 604 800 000 (a week) */
  readonly maxAgeMs?: number;
  /**
   * Entries, dropped from the history, that are kept in memory for a tail that has not fetched them. Beyond, that
   * tail fails with `log-overrun`. @defaultValue 100 000
   */
  readonly maxTailEntries?: number;
  /** The same in bytes, as stored. @defaultValue 64 MiB */
  readonly maxTailBytes?: number;
  /** How often other processes' entries are looked for, while there are other processes. @defaultValue 5 */
  readonly pollMs?: number;
  /** Told of each entry that is skipped because it can't be read. @defaultValue `console.error` */
  readonly onDamagedEntry?: (entry: DamagedEntry) => void;
  /** Told when pruning in the background fails; it is tried again. @defaultValue `console.error` */
  readonly onError?: (error: unknown) => void;
  /** Time and randomness. @defaultValue the system's */
  readonly environment?: Environment;
}

/** Options with their defaults filled in. */
export type LmdbEventLogSettings = Required<LmdbEventLogOptions>;

type Defaults = Omit<LmdbEventLogSettings, 'path' | 'environment' | 'onDamagedEntry' | 'onError'>;

/** A week of a quiet hub or some minutes of a busy one; small enough to stay in the page cache beside an application. */
export const LMDB_EVENT_LOG_DEFAULTS: Defaults = Object.freeze({
  durability: 'disk',
  commitDelayMs: 0,
  maxPendingEvents: 100_000,
  maxPendingBytes: 64 * 1024 * 1024,
  maxEntries: 100_000,
  maxBytes: 256 * 1024 * 1024,
  maxAgeMs: 7 * 24 * 60 * 60 * 1_000,
  maxTailEntries: 100_000,
  maxTailBytes: 64 * 1024 * 1024,
  pollMs: 5,
});

type Rule = readonly [expected: string, fits: (value: unknown) => boolean];

const POSITIVE: Rule = [
  'a positive integer',
  (value) => Number.isSafeInteger(value) && (value as number) > 0,
];
const FUNCTION: Rule = ['a function', (value) => typeof value === 'function'];

const RULES: Readonly<Record<keyof LmdbEventLogOptions, Rule>> = {
  path: ['the path of a file', (value) => typeof value === 'string' && value !== '' && !value.includes('\0')],
  durability: ['one of `disk`, `os`', (value) => value === 'disk' || value === 'os'],
  commitDelayMs: [
    'a number from 0 to 1000',
    (value) => typeof value === 'number' && value >= 0 && value <= 1_000,
  ],
  maxPendingEvents: POSITIVE,
  maxPendingBytes: POSITIVE,
  maxEntries: POSITIVE,
  maxBytes: POSITIVE,
  maxAgeMs: ['a positive number', (value) => Number.isFinite(value) && (value as number) > 0],
  maxTailEntries: POSITIVE,
  maxTailBytes: POSITIVE,
  pollMs: ['a number from 1 to 1000', (value) => typeof value === 'number' && value >= 1 && value <= 1_000],
  onDamagedEntry: FUNCTION,
  onError: FUNCTION,
  environment: ['an environment', (value) => typeof value === 'object' && value !== null],
};

/**
 * Options, each checked once, with their defaults.
 *
 * @throws SseError `invalid-option`, naming the option, what was expected and what was found; also for an unknown name.
 */
export function checkSettings(options: LmdbEventLogOptions): LmdbEventLogSettings {
  const { path } = options;
  for (const [name, value] of Object.entries({ ...options, path })) {
    const rule: Rule | undefined = Object.hasOwn(RULES, name) ? RULES[name as keyof typeof RULES] : undefined;
    if (rule === undefined)
      throw new SseError(
        'invalid-option',
        `Unknown option \`${name}\`; known: ${Object.keys(RULES).join(', ')}`,
      );
    const [expected, fits] = rule;
    if ((value !== undefined || name === 'path') && !fits(value))
      throw new SseError('invalid-option', `Expected \`${name}\` to be ${expected}, got ${show(value)}`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    ...LMDB_EVENT_LOG_DEFAULTS,
    environment: systemEnvironment,
    onDamagedEntry: logDamagedEntry,
    onError: logError,
    ...given,
    path,
  };
}

function show(value: unknown): string {
  const text = typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return `\`${text.slice(0, 80)}\` (${value === null ? 'null' : typeof value})`;
}

function logDamagedEntry({ seq, reason }: DamagedEntry): void {
  console.error(`@sse/lmdb: skipped entry ${seq}: ${reason}`);
}

function logError(error: unknown): void {
  console.error('@sse/lmdb: pruning failed:', error);
}
