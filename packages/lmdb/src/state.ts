/** Where the log stands: one small record, rewritten in every transaction that changes it. */
export interface State {
  /** Number of the newest entry ever appended. */
  readonly newest: number;
  /** Number of the newest entry that is gone. It decides what is a gap, not what happens to be left. */
  readonly evictedThrough: number;
  /** Size of what is held. */
  readonly bytes: number;
}

export const EMPTY_STATE: State = Object.freeze({ newest: 0, evictedThrough: 0, bytes: 0 });

/** What an entry costs beside its value: its number, and its part of the trees. */
const ENTRY_OVERHEAD = 64;

export function sizeOf(value: Uint8Array): number {
  return value.byteLength + ENTRY_OVERHEAD;
}

export function encodeState({ newest, evictedThrough, bytes }: State): Buffer {
  const record = Buffer.allocUnsafe(24);
  record.writeDoubleBE(newest, 0);
  record.writeDoubleBE(evictedThrough, 8);
  record.writeDoubleBE(bytes, 16);
  return record;
}

/** The state of a record, or `undefined` where it is none. */
export function decodeState(record: Buffer | undefined): State | undefined {
  if (record?.length !== 24) return undefined;
  const state = {
    newest: record.readDoubleBE(0),
    evictedThrough: record.readDoubleBE(8),
    bytes: record.readDoubleBE(16),
  };
  const isSane = Object.values(state).every((value) => Number.isSafeInteger(value) && value >= 0);
  return isSane && state.evictedThrough <= state.newest ? state : undefined;
}
