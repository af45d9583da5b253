/**
 * Keeps one complaint from filling the log. Answers, for a key, how often it was held back since it was last let
 * through, or `undefined` while it is held back. Keys are few and ours, never from outside.
 */
export function createLogLimiter(
  elapsed: () => number,
  everyMs: number,
): (key: string) => number | undefined {
  const kept = new Map<string, { nextAt: number; heldBack: number }>();
  return (key) => {
    const now = elapsed();
    const entry = kept.get(key);
    if (entry !== undefined && now < entry.nextAt) {
      entry.heldBack++;
      return undefined;
    }
    kept.set(key, { nextAt: now + everyMs, heldBack: 0 });
    return entry?.heldBack ?? 0;
  };
}
