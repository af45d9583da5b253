/** The databases in the file. */
export const NAMES: Readonly<Record<'meta' | 'state' | 'entries' | 'keys' | 'openers', string>> =
  Object.freeze({
    meta: 'sse-meta',
    state: 'sse-state',
    entries: 'sse-entries',
    keys: 'sse-keys',
    openers: 'sse-openers',
  });

/** What `meta` has under `format`. Another `format` than this one is another program's, or that of a later version. */
export const FORMAT: 1 = 1;

export interface FormatRecord {
  readonly app: '@sse/lmdb';
  readonly format: typeof FORMAT;
  readonly epoch: string;
}
