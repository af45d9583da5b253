const ID = /^([A-Za-z0-9]+)-(\d+)$/;
const NUMBER = /^\d+$/;

/** Ids of one line can be compared. Those of Redis are one line; those of LMDB are one a database. */
export function lineOf(id: string): string {
  const first = ID.exec(id)?.[1];
  if (first === undefined) return `?${id}`;
  return NUMBER.test(first) ? 'redis' : first;
}

/**
 * Negative, zero or positive as `a` stands before, at or after `b` in the log; `undefined` for ids of different lines.
 *
 * A copy of the logs' rule on purpose: who judges them does not ask them.
 */
export function compareIds(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (lineOf(a) !== lineOf(b)) return undefined;
  const [, firstA = '0', secondA = '0'] = ID.exec(a) ?? [];
  const [, firstB = '0', secondB = '0'] = ID.exec(b) ?? [];
  if (firstA !== firstB) return Number(firstA) - Number(firstB);
  return Number(secondA) - Number(secondB);
}
