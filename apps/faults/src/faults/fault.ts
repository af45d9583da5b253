import type { Random } from '../random.ts';

/** Something that goes wrong for a while. */
export interface Fault {
  /** As the tables have it. */
  readonly name: string;
  /** What it happens to. There is one fault at a time for each. */
  readonly target: string;
  /** How long it lasts, in milliseconds. */
  readonly lasts: readonly [min: number, max: number];
  /** Begins it. Answers what ends it: whatever it took away is then there again. */
  begin(random: Random): Promise<() => Promise<void>>;
}

/** A fault that is over as soon as it has happened. */
export const OVER = (): Promise<void> => Promise.resolve();
