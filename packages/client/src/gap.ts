import type { GapEvent } from './types.ts';

/**
 * A server's `gap` as the application gets it.
 *
 * @returns the event, and the work by which the application holds later messages: it grows until the handlers are done.
 */
export function readGap(
  { reason, requested, oldest, newest }: Readonly<Record<string, unknown>>,
  failed: (cause: unknown) => void,
): { readonly gap: GapEvent; readonly held: Promise<unknown>[] } {
  const held: Promise<unknown>[] = [];
  const gap = {
    reason: textOf(reason) ?? 'unknown',
    requested: textOf(requested),
    oldest: textOf(oldest),
    newest: textOf(newest),
    resync: (work: PromiseLike<unknown>) => void held.push(Promise.resolve(work).catch(failed)),
  };
  return { gap, held };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
