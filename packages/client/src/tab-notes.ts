import type { StreamErrorCode } from './errors.ts';
import type { RawEvent } from './source.ts';
import type { StreamStatus } from './types.ts';

/** What tabs tell each other. `to` is the tab that it is for; absent: all. */
export type Note =
  | { kind: 'lead' }
  | { kind: 'join'; tab: string; topics: readonly string[] | undefined; cursor: string; names: string[] }
  | { kind: 'asked'; topics: readonly string[] | undefined; to?: string }
  | { kind: 'leave'; tab: string }
  | { kind: 'received'; raw: RawEvent; to?: string }
  /** The connection's cursor moved without an event. */
  | { kind: 'cursor'; id: string }
  | { kind: 'status'; status: StreamStatus; to?: string }
  | { kind: 'failed'; code: StreamErrorCode; message: string; httpStatus: number | undefined }
  | { kind: 'reconnect'; cursor: string | undefined }
  | { kind: 'wake' };

/** What a tab is told whose cursor no other tab remembers. */
export function gapAfter(requested: string, cursor: string): RawEvent {
  const newest = cursor === '' ? null : cursor;
  const gap = { type: 'gap', reason: 'evicted', requested, oldest: null, newest };
  return { event: 'system', data: JSON.stringify(gap), id: '' };
}
