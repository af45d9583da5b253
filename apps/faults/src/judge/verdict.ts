/**
 * What an event can be to a client.
 *
 * - `ok`: received in its place, once.
 * - `told`: not received, and a gap said so; only under a store that does not promise to keep everything.
 * - `lost`: acknowledged, asked for, and neither received nor told of; or told of by a store that promised to keep it.
 * - `repeated`: received again, with no gap between. Or twice in a log that has kept its idempotency keys.
 * - `reordered`: received after an event that stands behind it in the log. Or published after the acknowledgement of
 *   another, and before it in the log.
 * - `phantom`: received, but not published, refused, not asked for, or not what the log has at this place.
 * - `silent_gap`: the stream went past it, and nothing said so.
 * - `false_gap`: a gap was told, and nothing was missing. The laws allow it.
 * - `unsaid`: acknowledged by a Redis, and not in the one that took over from it; and this client was not told. An
 *   asynchronous failover does not promise it.
 */
export const CLASSES = [
  'ok',
  'told',
  'lost',
  'repeated',
  'reordered',
  'phantom',
  'silent_gap',
  'false_gap',
  'unsaid',
] as const;

export type Class = (typeof CLASSES)[number];
export type Counts = Record<Class, number>;

/** Any of these breaks a promise. */
export const BROKEN: readonly Class[] = ['lost', 'repeated', 'reordered', 'phantom', 'silent_gap'];

export interface Finding {
  readonly class: Class;
  /** Absent where it is true of the log itself. */
  readonly client?: string;
  readonly key?: string;
  readonly id?: string;
  readonly why: string;
}

export interface Verdict {
  readonly stage: string;
  readonly seed: number;
  readonly counts: Counts;
  readonly byClient: ReadonlyMap<string, Counts>;
  /** All but `ok` and `told`, the first of each class and client. */
  readonly findings: readonly Finding[];
  readonly published: { readonly acknowledged: number; readonly refused: number; readonly unknown: number };
  readonly faults: Readonly<Record<string, number>>;
  readonly gaps: number;
  readonly connections: number;
}

export function noCounts(): Counts {
  return Object.fromEntries(CLASSES.map((name) => [name, 0])) as Counts;
}

export function isBroken(counts: Counts): boolean {
  return BROKEN.some((name) => counts[name] > 0);
}

export function addCounts(into: Counts, counts: Counts): void {
  for (const name of CLASSES) into[name] += counts[name];
}
