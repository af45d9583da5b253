import type { ConformanceCase } from './case.ts';
import { BYTE_ORDER_MARK } from './cases/byte-order-mark.ts';
import { CHUNKING } from './cases/chunking.ts';
import { CLOSE } from './cases/close.ts';
import { COMMENTS } from './cases/comments.ts';
import { CONTENT_TYPES } from './cases/content-types.ts';
import { CURSOR } from './cases/cursor.ts';
import { FIELDS } from './cases/fields.ts';
import { HOSTILE_INPUT } from './cases/hostile-input.ts';
import { IDS } from './cases/ids.ts';
import { INTERFACE } from './cases/interface.ts';
import { LINE_ENDS } from './cases/line-ends.ts';
import { READY_STATE } from './cases/ready-state.ts';
import { RECONNECTION } from './cases/reconnection.ts';
import { REDIRECTS } from './cases/redirects.ts';
import { RETRY } from './cases/retry.ts';
import { STATUS_CODES } from './cases/status-codes.ts';
import { UNFINISHED_BLOCKS } from './cases/unfinished-blocks.ts';
import { UTF_8 } from './cases/utf-8.ts';

/** Every case, by theme. */
export const CASES: readonly ConformanceCase[] = [
  ...LINE_ENDS,
  ...CHUNKING,
  ...BYTE_ORDER_MARK,
  ...UTF_8,
  ...FIELDS,
  ...IDS,
  ...RETRY,
  ...COMMENTS,
  ...UNFINISHED_BLOCKS,
  ...STATUS_CODES,
  ...REDIRECTS,
  ...CONTENT_TYPES,
  ...RECONNECTION,
  ...CURSOR,
  ...READY_STATE,
  ...CLOSE,
  ...INTERFACE,
  ...HOSTILE_INPUT,
];
