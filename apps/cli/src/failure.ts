export interface FailureKind {
  /** The arguments were wrong: exit code 2 instead of 1. */
  readonly isUsage?: boolean;
  /** Nothing is left to be said: what was printed says it. */
  readonly isTold?: boolean;
}

/** Ends a command with a message for whoever typed it, and an exit code that is not 0. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly isUsage: boolean;
  readonly isTold: boolean;

  constructor(message: string, { isUsage = false, isTold = false }: FailureKind = {}) {
    super(message);
    this.isUsage = isUsage;
    this.isTold = isTold;
  }
}
