import type { StandardIssue } from './standard-schema.ts';

export type StreamErrorCode =
  | 'network'
  | 'closed' // the stream was closed
  | 'status'
  | 'content_type'
  | 'timeout'
  | 'silent'
  | 'too_large'
  | 'redirect'
  | 'token'
  | 'handler' // a handler threw, or its promise was rejected: see `cause`
  | 'invalid' // a payload that its schema refused: see `issues`
  | 'out_of_order' // an id below one that came before
  | 'storage' // the cursor could not be kept or read
  | 'iterator_overflow'; // a loop over `messages` was slower than its `highWaterMark` allows

/** What went wrong, told by `on('error', …)`. The stream goes on unless its status says `closed`. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code: StreamErrorCode;
  /** The status of the answer, for `status`. */
  readonly httpStatus: number | undefined;
  /** What the schema said, for `invalid`; the message names the failing paths. */
  readonly issues: readonly StandardIssue[] | undefined;

  constructor(
    code: StreamErrorCode,
    message: string,
    details: {
      readonly cause?: unknown;
      readonly httpStatus?: number | undefined;
      readonly issues?: readonly StandardIssue[];
    } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.httpStatus = details.httpStatus;
    this.issues = details.issues;
  }
}
