/** What is revoked at one moment. */
export interface Revocations {
  /** Another one as soon as something is added. */
  readonly version: string;
  /** When each revocation is over, milliseconds since 1970. */
  readonly ids: ReadonlyMap<string, number>;
}

/**
 * What authorisation has to remember: who is revoked, and which tickets have not been redeemed yet. All servers that
 * share a log share one, so that what is revoked on one is revoked on all, and a ticket of one can be redeemed on another.
 *
 * Laws, run by `authStoreLaws` of `@sse/core/testing` on every implementation, with two instances where the store is
 * shared:
 *
 * - What is revoked stays so until its time is over, whoever asks. A second revocation can only prolong the first.
 * - A ticket is given to one caller, once, and to nobody when its time is over.
 * - What can't be kept is refused, never dropped later: revocations and tickets are bounded.
 *
 * Every method rejects with `log-unavailable` where the store does not answer, and with `closed` after `close`.
 */
export interface AuthStore {
  /** Revokes an id until `expiresAt`, milliseconds since 1970. Answers `false` where as many are revoked as may be. */
  revoke(id: string, expiresAt: number): Promise<boolean>;
  /** Whether any of these ids is revoked now. */
  isRevoked(ids: readonly string[]): Promise<boolean>;
  /** All that is revoked, or `undefined` where nothing has been added since `version`. */
  revocations(version?: string): Promise<Revocations | undefined>;
  /** Keeps what a ticket is good for, until `expiresAt`. Answers `false` where as many wait as may. */
  keepTicket(id: string, text: string, expiresAt: number): Promise<boolean>;
  /** What the ticket is good for. `undefined` where there is none, any more or at all. */
  takeTicket(id: string): Promise<string | undefined>;
  /** A second call does nothing. */
  close(): Promise<void>;
}
