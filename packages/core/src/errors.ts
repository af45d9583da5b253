/**
 * What went wrong, as a literal to switch on.
 *
 * - `invalid-option`: an option of ours has a value outside its range.
 * - `invalid-topic`: a topic, a pattern or a list of patterns breaks the grammar or a limit.
 * - `invalid-event`: an event cannot be put on the wire (its name, size, key or data).
 * - `invalid-payload`: the topic's schema refuses the payload; the message names the failing path.
 * - `invalid-client`: a client's name or tags break a limit or hold control characters.
 * - `too-many-subscribers`: the broadcaster serves as many connections as it may.
 * - `log-unavailable`: the event log does not answer; try again later.
 * - `log-overrun`: a follower of the log fell further behind than the log keeps for it.
 * - `closed`: the broadcaster or the log has been closed.
 */
export type SseErrorCode =
  | 'invalid-option'
  | 'invalid-topic'
  | 'invalid-event'
  | 'invalid-payload'
  | 'invalid-client'
  | 'too-many-subscribers'
  | 'log-unavailable'
  | 'log-overrun'
  | 'closed';

/**
 * The one error class of @sse. Switch on `code`; never on the text, and never on `instanceof` across packages.
 */
export class SseError extends Error {
  override readonly name = 'SseError';
  readonly code: SseErrorCode;

  constructor(code: SseErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The code of an error made by any copy of @sse/core, or `undefined` for every other value. */
export function sseErrorCode(error: unknown): SseErrorCode | undefined {
  return error instanceof Error && error.name === 'SseError' ? (error as SseError).code : undefined;
}

/** The error for a log of which nothing can be had at present. `why` completes "The event log". */
export function unavailable(why: string, cause?: unknown): SseError {
  return new SseError('log-unavailable', `The event log ${why}`, { cause });
}

/** Throws an error of ours as it is, and any other as the cause of a `log-unavailable`. */
export function rethrowUnavailable(cause: unknown): never {
  throw sseErrorCode(cause) === undefined ? unavailable('failed; try again later', cause) : cause;
}

/** How a refused value is shown in a message: JSON, cut at 80 characters, with its type. */
export function describeValue(value: unknown): string {
  let text: string | undefined;
  try {
    text = typeof value === 'string' || typeof value === 'object' ? JSON.stringify(value) : String(value);
  } catch {
    // A cycle, a BigInt inside, a hostile toJSON.
  }
  const type = value === null ? 'null' : typeof value;
  const shown = text ?? type;
  return `\`${shown.slice(0, 80)}${shown.length > 80 ? '…' : ''}\` (${type})`;
}

/** The error that says what was expected, and what was found instead. */
export function refusal(code: SseErrorCode, what: string, expected: string, found: unknown): SseError {
  return new SseError(code, `Expected ${what} to be ${expected}, got ${describeValue(found)}`);
}
