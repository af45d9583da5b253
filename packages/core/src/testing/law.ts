/**
 * One thing that every implementation of a port keeps, as a check that any test runner can call:
 *
 * ```ts
 * for (const law of eventLogLaws) test(law.name, () => law.check(fixture));
 * ```
 */
export interface Law<Fixture> {
  /** A fact in the present tense. */
  readonly name: string;
  /** Rejects with `LawBroken` where the fact is none. */
  readonly check: (fixture: Fixture) => Promise<void>;
}

/** A law does not hold; the message says what was seen instead. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
}

export function assertLaw(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new LawBroken(otherwise);
}

/** Compares by JSON: for ids, entries and other plain values. */
export function assertSame(actual: unknown, expected: unknown, what: string): void {
  const [seen, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  assertLaw(seen === wanted, `${what}: expected ${wanted}, got ${seen}`);
}

/** The code of the error that `work` rejects with; `undefined` where it does not. */
export async function rejectionCode(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  return undefined;
}

/** Rejects with `LawBroken` where `promise` takes longer than `ms` of real time. */
export async function within<Value>(ms: number, promise: Promise<Value>, what: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LawBroken(`${what}: nothing within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
