import { formatCount, formatDuration } from './format.ts';
import type { Interruption } from './interruptions.ts';

export interface OutcomeInput {
  readonly newest: Interruption | undefined;
  readonly isAway: boolean;
  /** Events that were replayed since then. */
  readonly replayed: number;
  readonly now: number;
}

/** What the last interruption came to, in a sentence. */
export function outcomeText({ newest, isAway, replayed, now }: OutcomeInput): string {
  if (newest === undefined) return 'Nothing is broken yet.';
  const duration = formatDuration((newest.to ?? now) - newest.from);
  const events = `${formatCount(replayed)} ${replayed === 1 ? 'event' : 'events'}`;
  if (isAway) return `Away for ${duration}: ${newest.detail}.`;
  if (newest.kind === 'replayed') return `Back after ${duration}: ${events} replayed, none lost.`;
  if (newest.kind === 'gap')
    return `Gap (${newest.detail}): events may be missing. ${events} came from the history.`;
  return `Back after ${duration}: what came in between is missing.`;
}
