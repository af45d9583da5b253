import type { StandardIssue } from './standard-schema.ts';
import type { StreamErrorCode } from './types.ts';

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
